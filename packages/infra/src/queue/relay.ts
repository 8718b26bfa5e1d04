import {
  type Caching,
  dropAfter,
  markDead,
  markRelayed,
  PUBLISH_LIVE,
  takeOverdue,
  takePending,
  takeStreamTurn,
  type DatabaseSession,
  type Logger,
  type Relayable,
  type Sql,
  type TransactionHost,
} from '@trii/domain';
import type { LivePublisher } from '../redis/live-publisher.ts';
import type { QueuedJob, QueueSet } from './queue-set.ts';

/** Where a job's deliveries go and how often they are tried. */
export type JobRoute = Pick<QueuedJob, 'queue' | 'attempts' | 'backoff'>;

export interface RelayParts {
  readonly transactions: TransactionHost;
  readonly queues: QueueSet;
  readonly live: LivePublisher;
  /** What the events make wrong is dropped here too: whoever wrote may have ended, or been cut off from the cache, before doing so. */
  readonly cache?: Caching | undefined;
  /** By the job's name. */
  readonly routes: ReadonlyMap<string, JobRoute>;
  readonly logger: Logger;
}

/** Rows locked, and jobs added, in one transaction. */
export const RELAY_BATCH = 200;
/** Revived one by one, so fewer. */
export const SWEEP_BATCH = 50;

const session: DatabaseSession = { role: 'worker_role', userId: null };

/**
 * Hands pending deliveries to their queues and streams. Handed over first and marked after, in one transaction that holds the rows: a crash in
 * between hands them over again, which a queue drops by the job's id and a live reader takes as one more hint to read. Any number of relays
 * may run; each takes rows that no other holds.
 * @returns how many deliveries it took
 */
export async function relayPending(parts: RelayParts): Promise<number> {
  return parts.transactions.bulk(session, async ({ sql }) => {
    const streams = (await takeStreamTurn(sql)) ? [PUBLISH_LIVE] : [];
    const taken = await takePending(sql, { jobNames: [...streams, ...parts.routes.keys()], limit: RELAY_BATCH });
    if (taken.length === 0) return 0;
    // What gave up left a job of the same id behind, and a queue drops the second of an id without a word.
    await parts.queues.forget(taken.filter(({ attempts }) => attempts > 0).flatMap((delivery) => jobOf(parts, delivery) ?? []));
    await parts.queues.add(taken.flatMap((delivery) => jobOf(parts, delivery) ?? []));
    await parts.live.publish(taken.filter(({ jobName }) => jobName === PUBLISH_LIVE));
    await dropAfter(
      parts.cache,
      taken.map(({ eventName, ...event }) => ({ name: eventName, ...event })),
    );
    await markRelayed(sql, taken);
    return taken.length;
  });
}

/**
 * Adds again what was handed over long ago and is not done: so losing the queue's Redis whole loses no job. What is still there stays as it is.
 * @returns how many deliveries it looked at
 */
export async function relayOverdue(parts: RelayParts, afterSeconds: number): Promise<number> {
  return parts.transactions.bulk(session, async ({ sql }) => {
    const taken = await takeOverdue(sql, { jobNames: [...parts.routes.keys()], limit: SWEEP_BATCH, afterSeconds });
    const kept: Relayable[] = [];
    for (const delivery of taken) if (await revive(parts, sql, delivery)) kept.push(delivery);
    if (kept.length > 0) await markRelayed(sql, kept);
    return taken.length;
  });
}

/** @returns false when the delivery gave up instead */
async function revive(parts: RelayParts, sql: Sql, delivery: Relayable): Promise<boolean> {
  const { eventId, jobName } = delivery;
  const job = jobOf(parts, delivery);
  const fate = job === undefined ? 'there' : await parts.queues.revive(job);
  if (fate === 'added') parts.logger.warn({ eventId, job: jobName }, 'the queue had lost a job; it was added again');
  if (fate !== 'abandoned') return true;
  const reason = 'its workers died or hung each time they ran it';
  parts.logger.error({ eventId, job: jobName, reason }, 'a delivery gave up');
  await markDead(sql, { eventId, jobName, reason });
  return false;
}

function jobOf({ routes }: RelayParts, { eventId, jobName, payload }: Relayable): QueuedJob | undefined {
  const route = routes.get(jobName);
  return route && { ...route, id: `${eventId}-${jobName}`, name: jobName, data: { eventId, payload } };
}
