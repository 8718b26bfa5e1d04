import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, dateColumn, moneyColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { Portfolio } from '../portfolio.entity.ts';

const accruedColumn = () => p.decimal('string').precision(38).scale(18);

/** A closed month of one kind and currency; its key makes it be posted once. Never changed. */
const CashAccrualSchema = defineEntity({
  name: 'CashAccrual',
  tableName: 'cash_accruals',
  ...tenantPolicies('cash_accruals', ['user', 'admin', 'worker']),
  properties: {
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id').primary(),
    kind: p.text().primary(),
    currencyCode: currencyColumn().primary(),
    postedThrough: dateColumn().primary(),
    userId: p.uuid().index('idx_cash_accruals_user_id'),
    accrued: accruedColumn(),
    posted: moneyColumn(),
    carry: accruedColumn(),
    unpaid: moneyColumn().defaultRaw('0'),
    transactionId: p.uuid().nullable(),
    createdAt: nowColumn(),
  },
  indexes: [{ name: 'idx_cash_accruals_transaction', properties: ['transactionId'], where: 'transaction_id is not null' }],
  checks: [
    { name: 'cash_accruals_kind', expression: `kind in ('INTEREST', 'ADVISORY_FEE')` },
    { name: 'cash_accruals_posted_by_transaction', expression: '(posted <> 0) = (transaction_id is not null)' },
    { name: 'cash_accruals_unpaid_not_negative', expression: 'unpaid >= 0' },
  ],
});

export class CashAccrual extends CashAccrualSchema.class {}
CashAccrualSchema.setClass(CashAccrual);
