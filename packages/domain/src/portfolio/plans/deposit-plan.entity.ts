import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, dateColumn, idColumn, moneyColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { BankAccount } from '../bank/bank-account.entity.ts';
import { Portfolio } from '../portfolio.entity.ts';

const DepositPlanSchema = defineEntity({
  name: 'DepositPlan',
  tableName: 'deposit_plans',
  ...tenantPolicies('deposit_plans', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid().index('idx_deposit_plans_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    bankAccountId: () => p.manyToOne(BankAccount).mapToPk().joinColumn('bank_account_id').nullable().deleteRule('no action'),
    amount: moneyColumn(),
    currencyCode: currencyColumn(),
    every: p.enum(['WEEKLY', 'MONTHLY']).nativeEnumName('plan_interval'),
    startsOn: dateColumn(),
    endsOn: dateColumn().nullable(),
    nextOn: dateColumn(),
    status: p.enum(['ACTIVE', 'PAUSED', 'ENDED']).nativeEnumName('plan_status').default('ACTIVE'),
    problem: p.text().nullable(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
  indexes: [
    { name: 'idx_deposit_plans_portfolio', properties: ['portfolioId', 'id'] },
    { name: 'idx_deposit_plans_due', properties: ['nextOn'], where: `status = 'ACTIVE'::plan_status` },
  ],
  checks: [
    { name: 'deposit_plans_amount_positive', expression: 'amount > 0' },
    { name: 'deposit_plans_ends_after_start', expression: 'ends_on >= starts_on' },
  ],
});

export class DepositPlan extends DepositPlanSchema.class {}
DepositPlanSchema.setClass(DepositPlan);
