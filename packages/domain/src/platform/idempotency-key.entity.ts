import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, instantColumn, jsonColumn, nowColumn } from './columns.ts';
import { tenantPolicies } from './policies.ts';

/** The answer already given to a key. Partitioned by month, hence createdAt in the key; the executor's advisory lock keeps it unique. */
const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency',
  ...tenantPolicies('idempotency', ['user', 'admin', 'worker']),
  readonly: true,
  properties: {
    actor: p.text().primary(),
    useCase: p.text().primary(),
    key: p.text().primary(),
    createdAt: nowColumn().primary(),
    userId: p.uuid().nullable(),
    inputHash: bytesColumn(),
    outcome: p.text(),
    answer: jsonColumn().nullable(),
    expiresAt: instantColumn(),
  },
});

export class IdempotencyKey extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKey);
