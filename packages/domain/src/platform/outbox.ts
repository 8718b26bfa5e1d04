import type { EventDeclaration } from '@trii/contract';
import { invariant, newId } from '@trii/kernel';
import type { Emit } from './handler.ts';
import { PUBLISH_LIVE } from './relay.ts';
import type { Sql } from './transactions.ts';

export interface PendingEvent {
  readonly id: string;
  readonly name: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly payload: unknown;
  readonly userId: string | null;
  /** The relay hands it to streams and caches, beside the jobs that react to it. */
  readonly isPublished: boolean;
}

/** One call may emit this many events; more is a batch's work. */
const EVENTS_MAX = 1000;

/** Collects what a handler emits; written only when it ends well. */
export function eventBuffer(): { readonly emit: Emit; readonly events: PendingEvent[] } {
  const events: PendingEvent[] = [];
  const emit: Emit = (event: EventDeclaration, emission) => {
    invariant(events.length < EVENTS_MAX, `at most ${EVENTS_MAX} events a call`);
    const id = newId();
    events.push({
      id,
      name: event.name,
      aggregateType: event.aggregateType,
      aggregateId: emission.aggregateId,
      payload: event.payload.parse(emission.payload),
      userId: emission.userId ?? null,
      isPublished: emission.userId !== undefined || event.audience === 'everyone',
    });
    return id;
  };
  return { emit, events };
}

/**
 * Writes the events and one delivery row per (event, job), in the transaction of the data they speak of. Order within an aggregate is that of
 * `sequence`: its row is locked by whoever emits for it, so the identity column grows in commit order there. So does the delivery's created_at,
 * taken from the clock and not from the transaction's start, which may lie before the wait for that lock.
 */
export async function writeEvents(
  sql: Sql,
  events: readonly PendingEvent[],
  subscriptions: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const event of events) {
    const jobs = [...(subscriptions[event.name] ?? []), ...(event.isPublished ? [PUBLISH_LIVE] : [])];
    await sql`WITH event AS (
        INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload, user_id)
        VALUES (${event.id}, now(), ${event.aggregateType}, ${event.aggregateId}, ${event.name}, ${JSON.stringify(event.payload)}::jsonb, ${event.userId}))
      INSERT INTO deliveries (event_id, job_name, event_created_at, user_id, created_at)
      SELECT ${event.id}::uuid, job_name, now(), ${event.userId}::uuid, clock_timestamp() FROM unnest(${jobs}::text[]) AS job_name`;
  }
}
