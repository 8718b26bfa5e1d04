import { Queue, type BulkJobOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { CodedError } from '@trii/kernel';

export interface QueuedJob {
  readonly queue: string;
  /** No colon and no bare number: BullMQ refuses them. A job with an id that is there already is dropped by BullMQ without a word. */
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly attempts: number;
  readonly backoff: { readonly type: 'exponential'; readonly delayMs: number };
}

export interface QueueSet {
  /** One round trip per queue. */
  add(jobs: readonly QueuedJob[]): Promise<void>;
  /** Adds what the queue may have lost. `abandoned`: its workers died so often that BullMQ gave it up by itself. */
  revive(job: QueuedJob): Promise<'there' | 'added' | 'abandoned'>;
  /** Drops jobs that ended, so that their ids can be added again. */
  forget(jobs: readonly Pick<QueuedJob, 'queue' | 'id'>[]): Promise<void>;
  queueOf(name: string): Queue;
  close(): Promise<void>;
}

/** Finished jobs are kept for a look by hand; what counts stands in the database. */
const KEEP_DONE = { count: 1_000, age: 24 * 60 * 60 };
const KEEP_FAILED = { count: 1_000, age: 7 * 24 * 60 * 60 };
/** What BullMQ writes as the reason when a job's lock was lost too often. */
const STALLED = /stalled more than/;

export interface QueueOptions {
  readonly names: readonly string[];
  /** Fails fast: a transaction is open while jobs are added. */
  readonly connection: Redis;
  readonly prefix: string;
  readonly onError: (error: Error) => void;
}

export function openQueues({ names, connection, prefix, onError }: QueueOptions): QueueSet {
  const queues = new Map(names.map((name) => [name, new Queue(name, { connection, prefix })]));
  for (const queue of queues.values()) queue.on('error', onError);

  function queueOf(name: string): Queue {
    const queue = queues.get(name);
    if (queue === undefined) throw new CodedError('QUEUE_UNKNOWN', `there is no queue called ${name}; there are ${names.join(', ')}`);
    return queue;
  }

  async function revive(job: QueuedJob): Promise<'there' | 'added' | 'abandoned'> {
    const queue = queueOf(job.queue);
    const known = await queue.getJob(job.id);
    const state = await known?.getState();
    if (state === 'failed' && STALLED.test(known?.failedReason ?? '')) return 'abandoned';
    if (state === 'failed' || state === 'completed') await queue.remove(job.id);
    await queue.add(job.name, job.data, optionsOf(job));
    return known === undefined || state === 'failed' || state === 'completed' ? 'added' : 'there';
  }

  return {
    queueOf,
    revive,
    async add(jobs) {
      for (const [name, queue] of queues) {
        const own = jobs.filter((job) => job.queue === name);
        if (own.length > 0) await queue.addBulk(own.map((job) => ({ name: job.name, data: job.data, opts: optionsOf(job) })));
      }
      for (const { queue } of jobs) queueOf(queue);
    },
    async forget(jobs) {
      for (const { queue, id } of jobs) await queueOf(queue).remove(id);
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function optionsOf({ id, attempts, backoff }: QueuedJob): BulkJobOptions {
  return {
    jobId: id,
    attempts,
    backoff: { type: backoff.type, delay: backoff.delayMs },
    removeOnComplete: KEEP_DONE,
    removeOnFail: KEEP_FAILED,
  };
}
