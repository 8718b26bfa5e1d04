import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn, nowColumn } from './columns.ts';
import { tenantPolicies } from './policies.ts';

/** One job's share of one event: pending, relayed to the queue, done, or dead with its reason. */
const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'deliveries',
  ...tenantPolicies('deliveries', ['user', 'admin', 'worker', 'definer']),
  properties: {
    eventId: p.uuid().primary(),
    jobName: p.text().primary(),
    /** With eventId the outbox row's key, so that a look-up prunes to one partition. */
    eventCreatedAt: instantColumn(),
    userId: p.uuid().nullable(),
    status: p.enum(['pending', 'relayed', 'done', 'dead']).nativeEnumName('delivery_status').default('pending'),
    attempts: p.integer().default(0),
    createdAt: nowColumn(),
    relayedAt: instantColumn().nullable(),
    doneAt: instantColumn().nullable(),
    lastError: p.text().nullable(),
  },
  indexes: [
    { name: 'idx_deliveries_pending', properties: ['createdAt'], where: `status = 'pending'::delivery_status` },
    { name: 'idx_deliveries_relayed', properties: ['relayedAt'], where: `status = 'relayed'::delivery_status` },
    { name: 'idx_deliveries_done', properties: ['doneAt'], where: `status = 'done'::delivery_status` },
    { name: 'idx_deliveries_dead', properties: ['createdAt'], where: `status = 'dead'::delivery_status` },
    { name: 'idx_deliveries_unfinished', properties: ['jobName', 'createdAt'], where: `status <> 'done'::delivery_status` },
    { name: 'idx_deliveries_dead_event', properties: ['eventId'], where: `status = 'dead'::delivery_status` },
  ],
});

export class Delivery extends DeliverySchema.class {}
DeliverySchema.setClass(Delivery);
