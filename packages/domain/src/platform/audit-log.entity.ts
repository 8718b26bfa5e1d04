import { defineEntity, p } from '@mikro-orm/postgresql';
import { jsonColumn, nowColumn } from './columns.ts';
import { tenantPolicies } from './policies.ts';

/** Who did what, with which outcome. Append-only, partitioned by month; outlives what it tells of, so it has no foreign key. */
const AuditLogSchema = defineEntity({
  name: 'AuditLog',
  tableName: 'audit_logs',
  ...tenantPolicies('audit_logs', ['user', 'admin', 'worker', 'definer']),
  readonly: true,
  properties: {
    id: p.uuid().primary(),
    /** The investor the row is about; null for the platform's own. */
    userId: p.uuid().nullable(),
    entityType: p.text(),
    entityId: p.uuid().nullable(),
    action: p.text(),
    oldValues: jsonColumn().nullable(),
    newValues: jsonColumn().nullable(),
    ipAddress: p.string().columnType('inet').nullable(),
    userAgent: p.text().nullable(),
    createdAt: nowColumn().primary(),
    actor: p.text(),
    useCase: p.text(),
    outcome: p.text(),
    requestId: p.text().nullable(),
  },
  indexes: [
    { name: 'idx_audit_logs_user_date', columns: [{ name: 'user_id' }, { name: 'created_at', sort: 'DESC' }] },
    { name: 'idx_audit_logs_entity_date', columns: [{ name: 'entity_type' }, { name: 'entity_id' }, { name: 'created_at', sort: 'DESC' }] },
  ],
  checks: [
    { name: 'audit_logs_outcome_known', expression: `outcome = any (array['ok'::text, 'refused'::text, 'denied'::text])` },
    { name: 'audit_logs_created_at_finite', expression: 'isfinite(created_at)' },
  ],
});

export class AuditLog extends AuditLogSchema.class {}
AuditLogSchema.setClass(AuditLog);
