import type { Sql } from './transactions.ts';

/** A delivery to every user-facing stream; handled by the relay itself, not by a queue. */
export const PUBLISH_LIVE = 'publish-live';

export interface Relayable {
  readonly eventId: string;
  readonly jobName: string;
  readonly eventName: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly userId: string | null;
  readonly sequence: string;
  readonly payload: unknown;
  /** Handed over this often before: more than never in a pending one means that an operator drives it again. */
  readonly attempts: number;
}

interface Row {
  event_id: string;
  job_name: string;
  name: string;
  aggregate_type: string;
  aggregate_id: string;
  user_id: string | null;
  sequence: string;
  payload: unknown;
  attempts: number;
}

const relayable = (row: Row): Relayable => ({
  eventId: row.event_id,
  jobName: row.job_name,
  eventName: row.name,
  aggregateType: row.aggregate_type,
  aggregateId: row.aggregate_id,
  userId: row.user_id,
  sequence: row.sequence,
  payload: row.payload,
  attempts: row.attempts,
});

export interface Taking {
  /** The jobs that this process knows: what a newer version subscribed is left to it. */
  readonly jobNames: readonly string[];
  readonly limit: number;
}

/**
 * Takes pending deliveries, skipping what another relay holds. The rows stay locked until the transaction ends. The oldest are found by an
 * index, whatever the backlog; among them the events' sequence is the order.
 */
export async function takePending(sql: Sql, { jobNames, limit }: Taking): Promise<Relayable[]> {
  const rows = await sql<Row>`
    WITH oldest AS MATERIALIZED (
      SELECT event_id, job_name, event_created_at, attempts FROM deliveries
      WHERE status = 'pending' AND job_name = ANY(${jobNames}::text[]) ORDER BY created_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    SELECT d.event_id, d.job_name, o.name, o.aggregate_type, o.aggregate_id, o.user_id, o.sequence, o.payload, d.attempts
    FROM oldest d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
    ORDER BY o.sequence, d.job_name`;
  return rows.map(relayable);
}

/**
 * Whether this relay, until its transaction ends, is the one that writes the streams: two at once could write an aggregate's events in the
 * wrong order. Queues need no such turn, since their workers keep no order either.
 */
export async function takeStreamTurn(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ mine: boolean }>`SELECT pg_try_advisory_xact_lock(hashtext('relay-streams')) AS mine`;
  return row?.mine ?? false;
}

/** What was handed to the queue long ago and is not done: the queue may have lost it. Adding it again is harmless where it did not. */
export async function takeOverdue(
  sql: Sql,
  { jobNames, limit, afterSeconds }: Taking & { readonly afterSeconds: number },
): Promise<Relayable[]> {
  const rows = await sql<Row>`
    SELECT d.event_id, d.job_name, o.name, o.aggregate_type, o.aggregate_id, o.user_id, o.sequence, o.payload, d.attempts
    FROM deliveries d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
    WHERE d.status = 'relayed' AND d.job_name = ANY(${jobNames}::text[]) AND d.relayed_at < now() - make_interval(secs => ${afterSeconds})
    ORDER BY d.relayed_at LIMIT ${limit} FOR UPDATE OF d SKIP LOCKED`;
  return rows.map(relayable);
}

export async function markRelayed(sql: Sql, deliveries: readonly Relayable[]): Promise<void> {
  await sql`UPDATE deliveries d SET status = CASE WHEN d.job_name = ${PUBLISH_LIVE} THEN 'done' ELSE 'relayed' END::delivery_status,
      relayed_at = now(), attempts = attempts + 1, done_at = CASE WHEN d.job_name = ${PUBLISH_LIVE} THEN now() END
    FROM unnest(${deliveries.map((d) => d.eventId)}::uuid[], ${deliveries.map((d) => d.jobName)}::text[]) AS sent (event_id, job_name)
    WHERE d.event_id = sent.event_id AND d.job_name = sent.job_name`;
}

/** A job that gave up for good: kept with its reason until an operator drives it again. */
export async function markDead(
  sql: Sql,
  delivery: { readonly eventId: string; readonly jobName: string; readonly reason: string },
): Promise<void> {
  await sql`UPDATE deliveries SET status = 'dead', last_error = ${delivery.reason.slice(0, 500)}
    WHERE event_id = ${delivery.eventId} AND job_name = ${delivery.jobName} AND status <> 'done'`;
}
