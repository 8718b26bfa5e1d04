export * from './actions.ts';
export * from './holdings.ts';
export * from './holds.ts';
export * from './ledger.ts';
export * from './lifecycle.ts';
export * from './portfolio.ts';
export { transferHolding } from './transfers.ts';
