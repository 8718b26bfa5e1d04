import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, jsonColumn, moneyColumn, nowColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from '../portfolio/index.ts';

const RebalanceEventSchema = defineEntity({
  name: 'RebalanceEvent',
  tableName: 'rebalance_events',
  ...tenantPolicies('rebalance_events', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid().index('idx_rebalance_events_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    triggerType: p.enum(['AUTOMATIC', 'MANUAL', 'THRESHOLD']).nativeEnumName('rebalance_trigger'),
    oldAllocation: jsonColumn(),
    newAllocation: jsonColumn(),
    tradesExecuted: jsonColumn<unknown[]>().defaultRaw(`'[]'::jsonb`),
    totalCost: moneyColumn().nullable(),
    completedSuccessfully: p.boolean().nullable(),
    startedAt: nowColumn(),
    completedAt: instantColumn().nullable(),
  },
  indexes: [{ name: 'idx_rebalance_events_portfolio_date', columns: [{ name: 'portfolio_id' }, { name: 'started_at', sort: 'DESC' }] }],
});

export class RebalanceEvent extends RebalanceEventSchema.class {}
RebalanceEventSchema.setClass(RebalanceEvent);
