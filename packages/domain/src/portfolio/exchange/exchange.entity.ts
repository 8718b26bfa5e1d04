import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, dateColumn, instantColumn, jsonColumn, moneyColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { Portfolio } from '../portfolio.entity.ts';

/** What an exchange of cash was worked out from, beside its ledger transaction. Written once. */
const ExchangeSchema = defineEntity({
  name: 'Exchange',
  tableName: 'exchanges',
  ...tenantPolicies('exchanges', ['user', 'admin', 'worker']),
  readonly: true,
  properties: {
    transactionId: p.uuid().primary(),
    userId: p.uuid().index('idx_exchanges_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    fromCurrency: currencyColumn(),
    fromAmount: moneyColumn(),
    toCurrency: currencyColumn(),
    /** What came in, after spread and rounding. */
    toAmount: moneyColumn(),
    /** The market's, before the spread. */
    rate: p.decimal('string').precision(38).scale(18),
    rateAsOf: instantColumn(),
    ratePath: p.text(),
    rateLegs: jsonColumn<readonly unknown[]>(),
    spreadBps: p.decimal('string').precision(8).scale(4),
    /** Of the target currency, as is the remainder. */
    spreadAmount: moneyColumn(),
    remainder: moneyColumn(),
    effectiveDate: dateColumn(),
    createdAt: nowColumn(),
  },
  indexes: [{ name: 'idx_exchanges_portfolio_transaction', properties: ['portfolioId', 'transactionId'] }],
  checks: [
    { name: 'exchanges_two_currencies', expression: 'from_currency <> to_currency' },
    {
      name: 'exchanges_amounts',
      expression: 'from_amount > 0 and to_amount > 0 and rate > 0 and spread_amount >= 0 and remainder >= 0',
    },
  ],
});

export class Exchange extends ExchangeSchema.class {}
ExchangeSchema.setClass(Exchange);
