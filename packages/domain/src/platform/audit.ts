import type { AnyDeclaration } from '@trii/contract';
import { newId } from '@trii/kernel';
import { actorKey, type Actor, type Origin } from './actor.ts';
import type { AuditNote } from './handler.ts';
import type { DatabaseSession, Sql } from './transactions.ts';

export type AuditOutcome = 'ok' | 'refused' | 'denied';

export interface AuditEntry {
  readonly declaration: AnyDeclaration;
  readonly actor: Actor;
  readonly origin: Origin;
  readonly outcome: AuditOutcome;
  readonly note: AuditNote;
  readonly at: Date;
}

/** The id of the entity that the input names, where the declaration says which field holds it. */
export function auditedId(declaration: AnyDeclaration, input: unknown): string | undefined {
  const field = declaration.audit?.idField;
  if (field === undefined || typeof input !== 'object' || input === null) return undefined;
  const value: unknown = Reflect.get(input, field);
  return typeof value === 'string' ? value : undefined;
}

/** Appends the row. anonymous_role has no table, so its rows go through the definer function. */
export async function appendAudit(sql: Sql, session: DatabaseSession, entry: AuditEntry): Promise<void> {
  const { declaration, actor, origin, outcome, note, at } = entry;
  const userId = ownerOf(session, entry);
  const entityType = declaration.audit?.entityType ?? 'OPERATION';
  const action = declaration.audit?.action ?? 'READ';
  const { oldValues, newValues } = await valuesOf(sql, note);
  if (session.role === 'anonymous_role') {
    await sql`SELECT append_audit(${newId()}::uuid, ${userId}::uuid, ${entityType}, ${note.entityId ?? null}::uuid, ${action}, ${oldValues}::jsonb, ${newValues}::jsonb,
      ${origin.ipAddress}, ${origin.userAgent}, ${at}::timestamptz, ${actorKey(actor)}, ${declaration.name}, ${outcome}, ${origin.requestId})`;
    return;
  }
  await sql`INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, old_values, new_values, ip_address, user_agent, created_at, actor, use_case, outcome, request_id)
    VALUES (${newId()}, ${userId}, ${entityType}, ${note.entityId ?? null}, ${action}, ${oldValues}::jsonb, ${newValues}::jsonb,
      ${origin.ipAddress}, ${origin.userAgent}, ${at}, ${actorKey(actor)}, ${declaration.name}, ${outcome}, ${origin.requestId})`;
}

/** Whose trail the row stands in: an operator's act on a person stands in that person's. */
function ownerOf({ role }: DatabaseSession, { declaration, actor, note }: AuditEntry): string | null {
  if (role === 'admin_role' && declaration.audit?.isOfPerson === true && note.entityId !== undefined) return note.entityId;
  return actor.kind === 'user' ? actor.userId : null;
}

/** Personal values join the others as ciphertext: base64 under `personal`. */
async function valuesOf(sql: Sql, { personal, ...note }: AuditNote): Promise<{ oldValues: string | null; newValues: string | null }> {
  if (personal === undefined) return { oldValues: json(note.oldValues), newValues: json(note.newValues) };
  const [sealed] = await sql<{ old: string | null; new: string | null }>`
    SELECT translate(encode(encrypt_pii(${json(personal.old)}), 'base64'), chr(10), '') AS old,
      translate(encode(encrypt_pii(${json(personal.new)}), 'base64'), chr(10), '') AS new`;
  const joined = (values: Record<string, unknown> | undefined, ciphertext: string | null | undefined) =>
    json(typeof ciphertext === 'string' ? { ...values, personal: ciphertext } : values);
  return { oldValues: joined(note.oldValues, sealed?.old), newValues: joined(note.newValues, sealed?.new) };
}

const json = (value: Record<string, unknown> | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
