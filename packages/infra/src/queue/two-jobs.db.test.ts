import { platform as declared } from '@trii/contract';
import { deliveriesOf, localOrigin, requestJobHandler, systemActor } from '@trii/domain';
import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform } from '@trii/testkit';
import { expect, it, vi } from 'vitest';
import { connectBlocking, connectCache } from '../redis/connection.ts';
import { redisLivePublisher } from '../redis/live-publisher.ts';
import { openQueues } from './queue-set.ts';
import { startQueueWorker, type TakenJob } from './queue-worker.ts';
import { relayPending } from './relay.ts';

const JOBS = ['first-job', 'second-job'];

it('runs both jobs of one event, each for a delivery of its own', async () => {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database, { subscriptions: { [declared.JobRequested.name]: JOBS } });
  const onError = (error: Error) => {
    throw error;
  };
  const connection = connectCache(database.servers.REDIS_QUEUE_URL, onError);
  const blocking = connectBlocking(database.servers.REDIS_QUEUE_URL, onError);
  const queues = openQueues({ names: ['both'], connection, prefix: 'test', onError });
  const route = { queue: 'both', attempts: 3, backoff: { type: 'exponential', delayMs: 10 } } as const;
  const { transactions, logger } = platform;
  const routes = new Map(JOBS.map((name) => [name, route]));

  const ran: string[] = [];
  const work = (job: TakenJob): Promise<'done'> => {
    ran.push(job.id);
    return Promise.resolve('done');
  };
  const stopping = new AbortController();
  const taking = { queue: 'both', prefix: 'test', connection: blocking, concurrency: 2, lockMs: 10_000, stalledMs: 5_000, onError };
  const worker = startQueueWorker({ ...taking, signal: stopping.signal, work });
  try {
    const call = { actor: systemActor('cli'), input: { job: 'snapshot-portfolios' }, origin: localOrigin(newId()) };
    const { eventId } = await platform.executor.run(requestJobHandler, call);
    expect(await relayPending({ transactions, queues, live: redisLivePublisher(connection), routes, logger })).toBe(2);
    await vi.waitFor(() => expect(ran.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(JOBS.map((job) => `${eventId}-${job}`)), 10_000);
    // Done is each delivery's own affair.
    const deliveries = deliveriesOf(transactions);
    await platform.inspect(`UPDATE deliveries SET status = 'done' WHERE job_name = $1`, [JOBS[0]]);
    expect(await Promise.all(JOBS.map((jobName) => deliveries.isDone({ eventId, jobName })))).toEqual([true, false]);
  } finally {
    stopping.abort();
    await worker.close();
    await queues.close();
    connection.disconnect();
    blocking.disconnect();
    await platform.close();
    await database.close();
  }
});
