import { type QueueWorker, type QueueWorkerOptions, startQueueWorker, type TakenJob } from '@trii/infra';
import { jobs, type JobParts, queues, runJob, runSchedule, type Schedule } from '@trii/jobs';
import type { WorkersConfig } from './start-workers.ts';

export interface QueuesWiring extends Pick<QueueWorkerOptions, 'connection' | 'signal' | 'onError'> {
  readonly config: Pick<WorkersConfig, 'QUEUE_PREFIX' | 'JOB_LOCK_MS' | 'JOB_STALLED_MS'>;
  readonly parts: JobParts;
  readonly schedules: readonly Schedule[];
}

/** One BullMQ worker per queue; each takes the jobs and the ticks of its queue. */
export function startQueues({ config, parts, schedules, connection, signal, onError }: QueuesWiring): QueueWorker {
  const workers = Object.entries(queues).map(([queue, { concurrency }]) =>
    startQueueWorker({
      queue,
      concurrency,
      prefix: config.QUEUE_PREFIX,
      lockMs: config.JOB_LOCK_MS,
      stalledMs: config.JOB_STALLED_MS,
      connection,
      signal,
      onError,
      work: (taken) => work(parts, schedules, taken),
    }),
  );
  return {
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

async function work(parts: JobParts, schedules: readonly Schedule[], taken: TakenJob): Promise<'done' | 'stopped'> {
  const definition = jobs.find(({ name }) => name === taken.name);
  if (definition !== undefined) return runJob(parts, definition, taken);
  const schedule = schedules.find(({ name }) => name === taken.name);
  // Of another version of the workers: the queue tries it again, and in the end the sweeper puts it back for whoever knows it.
  if (schedule === undefined) throw new Error(`these workers know no job called ${taken.name}`);
  await runSchedule(parts, schedule, taken);
  return 'done';
}
