import type { Caching, Logger, TransactionHost } from '@trii/domain';
import {
  type LivePublisher,
  poll,
  putSchedules,
  type QueueSet,
  RELAY_BATCH,
  relayOverdue,
  relayPending,
  restoreSchedules,
  SWEEP_BATCH,
} from '@trii/infra';
import { jobs, SCHEDULE_QUEUE, type Schedule } from '@trii/jobs';
import type { WorkersConfig } from './start-workers.ts';

export interface RelayWiring {
  readonly config: Pick<WorkersConfig, 'JOB_OVERDUE_SECONDS'>;
  readonly transactions: TransactionHost;
  readonly queueSet: QueueSet;
  readonly live: LivePublisher;
  readonly cache: Caching;
  readonly schedules: readonly Schedule[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface Relay {
  readonly ended: Promise<unknown>;
  /** @throws when the relay has not managed a step for long */
  assertAlive(): void;
}

/** What an event waits at most before its job is in the queue. */
const RELAY_IDLE_MS = 100;
const SWEEP_IDLE_MAX_MS = 15_000;
const SILENCE_MAX_MS = 15_000;

/** The loops between database and queue: outbox to queue, queue's losses back into it, and the schedules. */
export async function startRelay(wiring: RelayWiring): Promise<Relay> {
  const { config, queueSet, schedules, logger, signal } = wiring;
  const scheduleQueue = queueSet.queueOf(SCHEDULE_QUEUE);
  await putSchedules(scheduleQueue, schedules);
  const routes = new Map(jobs.map(({ name, queue, attempts, backoff }) => [name, { queue, attempts, backoff }]));
  const parts = { ...wiring, queues: queueSet, routes };
  const sweepIdleMs = Math.min(config.JOB_OVERDUE_SECONDS * 250, SWEEP_IDLE_MAX_MS);
  const relay = poll({ name: 'relay', step: () => relayPending(parts), full: RELAY_BATCH, idleMs: RELAY_IDLE_MS, signal, logger });
  const sweeper = poll({
    name: 'sweeper',
    step: () => relayOverdue(parts, config.JOB_OVERDUE_SECONDS),
    full: SWEEP_BATCH,
    idleMs: sweepIdleMs,
    signal,
    logger,
  });
  const keeper = poll({
    name: 'schedules',
    step: () => restoreSchedules(scheduleQueue, schedules),
    full: Infinity,
    idleMs: SWEEP_IDLE_MAX_MS,
    signal,
    logger,
  });
  return {
    ended: Promise.all([relay.ended, sweeper.ended, keeper.ended]),
    assertAlive() {
      if (relay.silence() > SILENCE_MAX_MS) throw new Error('the relay stands still');
    },
  };
}
