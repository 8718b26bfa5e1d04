import { defineEntity, p } from '@mikro-orm/postgresql';
import { jsonColumn, nowColumn } from './columns.ts';
import { tenantPolicies } from './policies.ts';

/** An event, committed with the data it speaks of. Partitioned by month. */
const OutboxEventSchema = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox',
  ...tenantPolicies('outbox', ['user', 'admin', 'worker', 'definer']),
  readonly: true,
  properties: {
    id: p.uuid().primary(),
    createdAt: nowColumn().primary(),
    /** GENERATED ALWAYS AS IDENTITY: the order of events of one aggregate. */
    sequence: p.bigint('string').autoincrement().generated('identity'),
    aggregateType: p.text(),
    aggregateId: p.uuid(),
    name: p.text(),
    payload: jsonColumn(),
    userId: p.uuid().nullable(),
  },
  indexes: [{ name: 'idx_outbox_aggregate', properties: ['aggregateId', 'sequence'] }],
});

export class OutboxEvent extends OutboxEventSchema.class {}
OutboxEventSchema.setClass(OutboxEvent);
