import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, nowColumn } from '../platform/index.ts';

/** One row: how the platform uses exchange rates, and what it takes for an exchange. */
const FxPolicySchema = defineEntity({
  name: 'FxPolicy',
  tableName: 'fx_policy',
  properties: {
    singleton: p.boolean().default(true).primary(),
    pivotCurrency: currencyColumn().default('USD'),
    valuationAgeHoursMax: p.integer().default(96),
    exchangeAgeHoursMax: p.integer().default(24),
    /** Hundredths of a percent. */
    spreadBps: p.decimal('string').precision(8).scale(4).defaultRaw('50'),
    updatedAt: nowColumn(),
  },
  checks: [
    { name: 'fx_policy_one_row', expression: 'singleton' },
    { name: 'fx_policy_ages_positive', expression: 'valuation_age_hours_max > 0 and exchange_age_hours_max > 0' },
    { name: 'fx_policy_spread_a_part', expression: 'spread_bps >= 0 and spread_bps < 10000' },
  ],
});

export class FxPolicy extends FxPolicySchema.class {}
FxPolicySchema.setClass(FxPolicy);
