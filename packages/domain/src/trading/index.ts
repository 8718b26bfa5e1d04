export { recordTradeHandler } from './record-trade.ts';
