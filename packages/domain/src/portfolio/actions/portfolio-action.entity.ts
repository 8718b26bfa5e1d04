import { defineEntity, p } from '@mikro-orm/postgresql';
import { CorporateAction } from '../../market/index.ts';
import { nowColumn, quantityColumn, tenantPolicies } from '../../platform/index.ts';
import { Portfolio } from '../portfolio.entity.ts';

/** What a corporate action did to one portfolio: its key makes it happen once. */
const PortfolioActionSchema = defineEntity({
  name: 'PortfolioAction',
  tableName: 'portfolio_actions',
  ...tenantPolicies('portfolio_actions', ['user', 'admin', 'worker']),
  properties: {
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id').primary(),
    actionId: () =>
      p.manyToOne(CorporateAction).mapToPk().joinColumn('action_id').primary().updateRule('no action').deleteRule('no action'),
    userId: p.uuid().index('idx_portfolio_actions_user_id'),
    status: p.enum(['DUE', 'BLOCKED', 'APPLIED', 'NOTHING']).nativeEnumName('portfolio_action_status').default('DUE'),
    quantity: quantityColumn().nullable(),
    transactionId: p.uuid().nullable(),
    reason: p.text().nullable(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
  indexes: [
    { name: 'idx_portfolio_actions_transaction', properties: ['transactionId'], where: 'transaction_id is not null' },
    { name: 'idx_portfolio_actions_open', properties: ['actionId', 'portfolioId'], where: 'transaction_id is null' },
  ],
  checks: [
    {
      name: 'portfolio_actions_applied_by_transaction',
      expression: `(status = 'APPLIED'::portfolio_action_status) = (transaction_id is not null)`,
    },
  ],
});

export class PortfolioAction extends PortfolioActionSchema.class {}
PortfolioActionSchema.setClass(PortfolioAction);
