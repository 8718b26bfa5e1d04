import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, instantColumn } from '../platform/index.ts';

/** One unit of the base currency is `rate` units of the quote currency. */
const FxRateSchema = defineEntity({
  name: 'FxRate',
  tableName: 'fx_rates',
  properties: {
    baseCurrency: currencyColumn().primary(),
    quoteCurrency: currencyColumn().primary(),
    asOf: instantColumn().primary(),
    rate: p.decimal('string').precision(20).scale(10),
    source: p.text(),
  },
  checks: [
    { name: 'fx_rates_rate_positive', expression: 'rate > 0' },
    { name: 'fx_rates_two_currencies', expression: 'base_currency <> quote_currency' },
  ],
});

export class FxRate extends FxRateSchema.class {}
FxRateSchema.setClass(FxRate);
