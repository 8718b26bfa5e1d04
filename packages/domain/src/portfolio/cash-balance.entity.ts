import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, moneyColumn, nowColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from './portfolio.entity.ts';

/** Cash in another currency than the portfolio's own, whose cash stands in the portfolio. A projection of postings: only the ledger trigger writes it. */
const CashBalanceSchema = defineEntity({
  name: 'CashBalance',
  tableName: 'cash_balances',
  ...tenantPolicies('cash_balances', ['user', 'admin', 'worker', 'definer']),
  properties: {
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id').primary(),
    currencyCode: currencyColumn().primary(),
    userId: p.uuid().index('idx_cash_balances_user_id'),
    /** What is available; what is promised stands in `reserved`. */
    balance: moneyColumn().defaultRaw('0'),
    reserved: moneyColumn().defaultRaw('0'),
    updatedAt: nowColumn(),
  },
  checks: [
    { name: 'cash_balances_balance_not_negative', expression: 'balance >= 0' },
    { name: 'cash_balances_reserved_not_negative', expression: 'reserved >= 0' },
  ],
});

export class CashBalance extends CashBalanceSchema.class {}
CashBalanceSchema.setClass(CashBalance);
