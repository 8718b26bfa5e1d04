import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn, jsonColumn, moneyColumn, nowColumn } from '../platform/index.ts';

/** Price and quantity, as decimal strings, best first. */
type Level = readonly [price: string, quantity: string];

const OrderBookSchema = defineEntity({
  name: 'OrderBook',
  tableName: 'order_book',
  properties: {
    instrumentId: p.uuid().primary(),
    timestamp: instantColumn().primary(),
    bids: jsonColumn<Level[]>(),
    asks: jsonColumn<Level[]>(),
    bestBid: moneyColumn().nullable(),
    bestAsk: moneyColumn().nullable(),
    spread: moneyColumn().generated('((best_ask - best_bid)) stored').nullable(),
    updatedAt: nowColumn(),
  },
});

export class OrderBook extends OrderBookSchema.class {}
OrderBookSchema.setClass(OrderBook);
