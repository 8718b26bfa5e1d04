import { defineEntity, p } from '@mikro-orm/postgresql';
import { dateColumn, nowColumn } from './columns.ts';

/** One row: the business date the platform values at; null follows the system's clock. */
const ValuationClockSchema = defineEntity({
  name: 'ValuationClock',
  tableName: 'valuation_clock',
  properties: {
    singleton: p.boolean().default(true).primary(),
    valuationDate: dateColumn().nullable(),
    updatedAt: nowColumn(),
  },
  checks: [{ name: 'valuation_clock_one_row', expression: 'singleton' }],
});

export class ValuationClock extends ValuationClockSchema.class {}
ValuationClockSchema.setClass(ValuationClock);
