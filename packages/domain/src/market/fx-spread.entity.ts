import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, nowColumn } from '../platform/index.ts';

/** What an exchange of one pair costs, either way round, where an operator set that. */
const FxSpreadSchema = defineEntity({
  name: 'FxSpread',
  tableName: 'fx_spreads',
  properties: {
    /** The pair's two codes in the order of the alphabet. */
    firstCurrency: currencyColumn().primary(),
    secondCurrency: currencyColumn().primary(),
    /** Hundredths of a percent. */
    spreadBps: p.decimal('string').precision(8).scale(4),
    updatedAt: nowColumn(),
  },
  checks: [
    { name: 'fx_spreads_pair_in_order', expression: 'first_currency < second_currency' },
    { name: 'fx_spreads_a_part', expression: 'spread_bps >= 0 and spread_bps < 10000' },
  ],
});

export class FxSpread extends FxSpreadSchema.class {}
FxSpreadSchema.setClass(FxSpread);
