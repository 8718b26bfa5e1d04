import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn, moneyColumn } from '../platform/index.ts';

/** Intraday bars, one chunk or partition a day. Daily history belongs into daily_bars. */
const MarketDataSchema = defineEntity({
  name: 'MarketData',
  tableName: 'market_data',
  properties: {
    instrumentId: p.uuid().primary(),
    timestamp: instantColumn().primary(),
    open: moneyColumn(),
    high: moneyColumn(),
    low: moneyColumn(),
    close: moneyColumn(),
    volume: moneyColumn(),
    vwap: moneyColumn().nullable(),
    tradeCount: p.integer().nullable(),
    createdAt: instantColumn().defaultRaw('now()').nullable(),
  },
});

export class MarketData extends MarketDataSchema.class {}
MarketDataSchema.setClass(MarketData);
