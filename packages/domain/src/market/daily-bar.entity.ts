import { defineEntity, p } from '@mikro-orm/postgresql';
import { dateColumn, moneyColumn, nowColumn } from '../platform/index.ts';

/** One bar per instrument and session of its exchange; close-only sources leave the rest null. Partitioned by year, no foreign key, kept for good. */
const DailyBarSchema = defineEntity({
  name: 'DailyBar',
  tableName: 'daily_bars',
  properties: {
    instrumentId: p.uuid().primary(),
    sessionDate: dateColumn().primary(),
    open: moneyColumn().nullable(),
    high: moneyColumn().nullable(),
    low: moneyColumn().nullable(),
    close: moneyColumn(),
    volume: moneyColumn().nullable(),
    source: p.text(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
});

export class DailyBar extends DailyBarSchema.class {}
DailyBarSchema.setClass(DailyBar);
