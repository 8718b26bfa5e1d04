import { platform } from '@trii/contract';
import { handler } from '../handler.ts';

interface Row {
  readonly id: string;
  readonly at: string;
  readonly cursor_at: string;
  readonly user_id: string | null;
  readonly entity_type: string;
  readonly entity_id: string | null;
  readonly action: string;
  readonly old_values: unknown;
  readonly new_values: unknown;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly actor: string;
  readonly use_case: string;
  readonly outcome: 'ok' | 'refused' | 'denied';
  readonly request_id: string | null;
}

/** By owner or by thing: each has an index that ends with the time. */
export const auditTrailHandler = handler(platform.auditTrail, async ({ sql }, input) => {
  const { personId = null, entityType = null, entityId = null, from = null, to = null, limit } = input;
  const after = parseCursor(input.cursor);
  const rows = await sql<Row>`
    SELECT id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, audit_time(created_at) AS cursor_at, user_id, entity_type, entity_id, action,
      old_values, new_values, host(ip_address) AS ip_address, user_agent, actor, use_case, outcome, request_id
    FROM audit_logs
    WHERE (${personId}::uuid IS NULL OR user_id = ${personId}::uuid) AND (${entityType}::text IS NULL OR entity_type = ${entityType}::text)
      AND (${entityId}::uuid IS NULL OR entity_id = ${entityId}::uuid)
      AND (${from}::timestamptz IS NULL OR created_at >= ${from}::timestamptz) AND (${to}::timestamptz IS NULL OR created_at < ${to}::timestamptz)
      AND (${after.at}::timestamptz IS NULL OR (created_at, id) < (${after.at}::timestamptz, ${after.id}::uuid))
    ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => ({
    ...common(row),
    personId: row.user_id,
    requestId: row.request_id,
    oldValues: row.old_values,
    newValues: row.new_values,
  }));
  return { items, nextCursor: cursorAfter(rows, limit) };
});

/** The caller's own: row-level security leaves no others. */
export const myAuditHandler = handler(platform.myAudit, async ({ sql, actor }, { cursor, limit }) => {
  const after = parseCursor(cursor);
  const userId = actor.kind === 'user' ? actor.userId : null;
  const rows = await sql<Row>`
    SELECT id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, audit_time(created_at) AS cursor_at, entity_type, entity_id, action,
      host(ip_address) AS ip_address, user_agent, actor, use_case, outcome
    FROM audit_logs
    WHERE user_id = ${userId}::uuid AND (${after.at}::timestamptz IS NULL OR (created_at, id) < (${after.at}::timestamptz, ${after.id}::uuid))
    ORDER BY created_at DESC, id DESC LIMIT ${limit + 1}`;
  return { items: rows.slice(0, limit).map(common), nextCursor: cursorAfter(rows, limit) };
});

const common = (row: Row) => ({
  id: row.id,
  at: row.at,
  entityType: row.entity_type,
  entityId: row.entity_id,
  action: row.action,
  useCase: row.use_case,
  outcome: row.outcome,
  actor: row.actor,
  ipAddress: row.ip_address,
  userAgent: row.user_agent,
});

function parseCursor(cursor: string | undefined): { readonly at: string | null; readonly id: string | null } {
  const [at = null, id = null] = cursor?.split('/') ?? [];
  return { at, id };
}

function cursorAfter(rows: readonly Row[], limit: number): string | null {
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? `${last.cursor_at}/${last.id}` : null;
}
