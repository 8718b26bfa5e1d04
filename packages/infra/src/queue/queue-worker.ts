import { WaitingError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';

export interface QueueWorkerOptions {
  readonly queue: string;
  readonly prefix: string;
  readonly concurrency: number;
  /** Waits as long as it takes: BullMQ blocks on a connection of its own made from this one. */
  readonly connection: Redis;
  /** How long a job may go without its worker's sign of life, and how often that is looked at. */
  readonly lockMs: number;
  readonly stalledMs: number;
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  readonly work: (job: TakenJob) => Promise<'done' | 'stopped'>;
  readonly onError: (error: Error) => void;
}

export interface TakenJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  /** Tries that failed before this one. */
  readonly attemptsMade: number;
  readonly signal: AbortSignal;
}

export interface QueueWorker {
  /** Takes no more jobs and resolves when those at work have ended. */
  close(): Promise<void>;
}

/**
 * A job whose process was killed is taken up again this often; then it is left to the sweeper, which marks its delivery dead. One would be BullMQ's
 * own choice, but a deployment kills workers too.
 */
const STALLED_MAX = 5;

export function startQueueWorker({ queue, work, onError, ...options }: QueueWorkerOptions): QueueWorker {
  const process = async (job: Job, token?: string): Promise<void> => {
    const { name, attemptsMade } = job;
    const end = await work({ id: job.id ?? '', name, data: job.data as unknown, attemptsMade, signal: options.signal });
    if (end === 'done') return;
    // The next worker to ask for a job gets it, at once and with its tries as they were.
    await job.moveToWait(token);
    throw new WaitingError();
  };
  const worker = new Worker(queue, process, {
    prefix: options.prefix,
    connection: options.connection,
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: options.stalledMs,
    maxStalledCount: STALLED_MAX,
  });
  worker.on('error', onError);
  return { close: () => worker.close() };
}
