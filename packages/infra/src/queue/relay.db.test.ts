import { platform, subscriptions } from '@trii/contract';
import {
  type CacheDrops,
  cacheRules,
  type DatabaseSession,
  deliveriesOf,
  handlers,
  localOrigin,
  type ReadCache,
  redriveDeliveryHandler,
  requestJobHandler,
  systemActor,
  takeStreamTurn,
} from '@trii/domain';
import { newId } from '@trii/kernel';
import {
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { type Job, type JobType, type Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectBlocking, connectCache } from '../redis/connection.ts';
import { liveStream, portfolioUpdatesStream } from '../redis/keys.ts';
import { redisLivePublisher } from '../redis/live-publisher.ts';
import { openQueues, type QueueSet } from './queue-set.ts';
import { relayOverdue, relayPending, type RelayParts } from './relay.ts';

const worker: DatabaseSession = { role: 'worker_role', userId: null };
const [JOB = ''] = subscriptions[platform.JobRequested.name] ?? [];

let database: TestDatabase;
let testPlatform: TestPlatform;
let redis: Redis;
let queues: QueueSet;
let parts: RelayParts;

beforeAll(async () => {
  database = await createTestDatabase();
  testPlatform = await createTestPlatform(database);
  const onError = (error: Error) => {
    throw error;
  };
  redis = connectCache(database.servers.REDIS_QUEUE_URL, onError);
  queues = openQueues({ names: ['dispatch'], connection: redis, prefix: 'test', onError });
  const route = { queue: 'dispatch', attempts: 3, backoff: { type: 'exponential', delayMs: 10 } } as const;
  const { transactions, logger } = testPlatform;
  parts = { transactions, queues, live: redisLivePublisher(redis), routes: new Map([[JOB, route]]), logger };
});

afterAll(async () => {
  await queues.close();
  redis.disconnect();
  await testPlatform.close();
  await database.close();
});

beforeEach(async () => {
  await redis.flushdb();
  await testPlatform.inspect('DELETE FROM deliveries');
});

async function request(): Promise<string> {
  const call = { actor: systemActor('cli'), input: { job: 'snapshot-portfolios' }, origin: localOrigin(newId()) };
  return (await testPlatform.executor.run(requestJobHandler, call)).eventId;
}

const queue = (): Queue => queues.queueOf('dispatch');
/** BullMQ types what a job carries as any. */
type RelayedJob = Job<{ readonly eventId: string; readonly payload: unknown }>;
const jobsIn = async (...states: JobType[]): Promise<RelayedJob[]> => (await queue().getJobs(states)) as RelayedJob[];
const allJobs = (): Promise<RelayedJob[]> => jobsIn('waiting', 'active', 'delayed', 'failed', 'completed');
const states = () =>
  testPlatform.inspect<{ status: string; attempts: number }>('SELECT status, attempts FROM deliveries ORDER BY event_id, job_name');
const overdue = () => testPlatform.inspect(`UPDATE deliveries SET relayed_at = relayed_at - interval '10 minutes'`);

it('puts a delivery into its queue under an id that makes a second one impossible', async () => {
  const eventId = await request();
  expect(await relayPending(parts)).toBe(1);
  const [job] = await allJobs();
  expect(job).toMatchObject({
    id: `${eventId}-${JOB}`,
    name: JOB,
    data: { eventId, payload: { job: 'snapshot-portfolios' } },
    opts: { attempts: 3 },
  });
  expect(await states()).toEqual([{ status: 'relayed', attempts: 1 }]);
  expect(await relayPending(parts)).toBe(0);
});

it('delivers each event once with several relays at work', async () => {
  const events = new Set<string>();
  for (let n = 0; n < 300; n += 1) events.add(await request());
  let taken = 0;
  for (let round = 0; round < 5 && taken < 300; round += 1) {
    const counts = await Promise.all([relayPending(parts), relayPending(parts), relayPending(parts)]);
    taken += counts.reduce((sum, count) => sum + count, 0);
  }
  expect(taken).toBe(300);
  expect(new Set((await allJobs()).map((job) => job.data.eventId))).toEqual(events);
  expect(await states()).toEqual(Array.from({ length: 300 }, () => ({ status: 'relayed', attempts: 1 })));
});

it('keeps a delivery pending while its queue cannot be reached', async () => {
  await request();
  const add = () => Promise.reject(new Error('redis is away'));
  await expect(relayPending({ ...parts, queues: { ...queues, add } })).rejects.toThrow('redis is away');
  expect(await states()).toEqual([{ status: 'pending', attempts: 0 }]);
  expect(await relayPending(parts)).toBe(1);
});

it('leaves a job that it does not know to a relay that does, and passes it by', async () => {
  await testPlatform.inspect(
    `INSERT INTO deliveries (event_id, job_name, event_created_at, created_at) SELECT id, 'of-tomorrow', created_at, created_at - interval '1 hour' FROM outbox LIMIT 1`,
  );
  await request();
  expect(await relayPending(parts)).toBe(1);
  expect((await states()).map(({ status }) => status).toSorted()).toEqual(['pending', 'relayed']);
});

it("publishes to the owner and to the portfolios' stream, ids only, and is done with it", async () => {
  const { id: userId } = await createUser(database);
  const portfolio = await createPortfolio(database, { userId });
  await deposit(database, portfolio, { amount: '1' });
  const eventId = newId();
  await testPlatform.transactions.bulk(worker, async ({ sql }) => {
    await sql`INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload, user_id)
      VALUES (${eventId}, now(), 'PORTFOLIO', ${portfolio.id}, 'portfolio.LedgerPosted', '{"amount": "1"}', ${userId})`;
    await sql`INSERT INTO deliveries (event_id, job_name, event_created_at, user_id) VALUES (${eventId}, 'publish-live', now(), ${userId})`;
  });
  expect(await relayPending(parts)).toBe(1);
  const fields = ['name', 'portfolio.LedgerPosted', 'user', userId, 'aggregate', portfolio.id];
  expect((await redis.xrange(liveStream.pattern, '-', '+')).map(([, entry]) => entry)).toEqual([fields]);
  expect((await redis.xrange(portfolioUpdatesStream.pattern, '-', '+')).map(([, entry]) => entry)).toEqual([fields]);
  expect(await states()).toEqual([{ status: 'done', attempts: 1 }]);
});

it('adds again what a queue lost, and only that', async () => {
  const [lost, kept] = [await request(), await request()];
  await relayPending(parts);
  expect(await relayOverdue(parts, 60)).toBe(0);
  await overdue();
  await queue().remove(`${lost}-${JOB}`);
  expect(await relayOverdue(parts, 60)).toBe(2);
  expect((await allJobs()).map((job) => job.data.eventId).toSorted()).toEqual([lost, kept].toSorted());
  expect((await states()).map(({ status, attempts }) => [status, attempts])).toEqual([
    ['relayed', 2],
    ['relayed', 2],
  ]);
  expect(await relayOverdue(parts, 60)).toBe(0);
});

it('adds again a job that ended in the queue although its work is not done', async () => {
  const eventId = await request();
  await relayPending(parts);
  const [job] = await allJobs();
  await redis.lrem(`test:dispatch:wait`, 1, job?.id ?? '');
  await redis.zadd(`test:dispatch:completed`, 1, job?.id ?? '');
  await overdue();
  await relayOverdue(parts, 60);
  expect((await jobsIn('waiting')).map(({ data }) => data.eventId)).toEqual([eventId]);
});

it('gives up on a job that BullMQ abandoned because its workers kept dying', async () => {
  await request();
  await relayPending(parts);
  const [job] = await allJobs();
  await redis.lrem(`test:dispatch:wait`, 1, job?.id ?? '');
  await redis.zadd(`test:dispatch:failed`, 1, job?.id ?? '');
  await redis.hset(`test:dispatch:${job?.id ?? ''}`, 'failedReason', 'job stalled more than allowable limit');
  await overdue();
  await relayOverdue(parts, 60);
  expect(await testPlatform.inspect('SELECT status, last_error FROM deliveries')).toEqual([
    { status: 'dead', last_error: 'its workers died or hung each time they ran it' },
  ]);
});

it('hands a job that gave up over again when an operator drives it again', async () => {
  const eventId = await request();
  await relayPending(parts);
  const queue = queues.queueOf('dispatch');
  const id = `${eventId}-${JOB}`;
  // As BullMQ keeps it once its tries are used up.
  const token = newId();
  const blocking = connectBlocking(database.servers.REDIS_QUEUE_URL, () => undefined);
  const taking = new Worker('dispatch', null, { connection: blocking, prefix: 'test' });
  await (await taking.getNextJob(token))?.moveToFailed(new UnrecoverableError('broken'), token);
  await taking.close();
  blocking.disconnect();
  expect(await queue.getJobState(id)).toBe('failed');
  await deliveriesOf(testPlatform.transactions).giveUp({ eventId, jobName: JOB }, 'INTERNAL: broken');
  expect(await relayPending(parts)).toBe(0);

  const call = { actor: systemActor('cli'), input: { eventId, jobName: JOB }, origin: localOrigin(newId()) };
  await testPlatform.executor.run(redriveDeliveryHandler, call);
  expect(await relayPending(parts)).toBe(1);
  expect(await queue.getJobState(id)).toBe('waiting');
});

it('writes the streams by one relay at a time; another goes on with the queues', async () => {
  const { id: userId } = await createUser(database);
  const { id: portfolioId } = await createPortfolio(database, { userId });
  const user = { kind: 'user', userId, sessionId: newId(), permissions: ['write'] } as const;
  const live = { actor: user, input: { portfolioId, amount: '1.00', currency: 'USD', date: '2018-01-02' }, origin: localOrigin(newId()) };
  await testPlatform.executor.run(handlers.cash.deposit, live);
  await request();
  await testPlatform.transactions.bulk(worker, async ({ sql }) => {
    expect(await takeStreamTurn(sql)).toBe(true);
    expect(await relayPending(parts)).toBe(1);
    expect(await redis.xlen(liveStream.pattern)).toBe(0);
  });
  expect(await relayPending(parts)).toBe(1);
  expect(await redis.xlen(liveStream.pattern)).toBe(1);
});

it('drops what its events make wrong from the cache, for whoever could not, and tells no stream of what concerns everyone', async () => {
  const { id: userId } = await createUser(database);
  const call = { actor: operatorActor(), input: { date: '2018-01-10' }, origin: localOrigin(newId()) };
  await testPlatform.executor.run(handlers.platform.setValuationDate, call);
  const owner = { actor: investorActor(userId), input: { name: 'Retirement', openedOn: '2018-01-02' }, origin: localOrigin(newId()) };
  const { id } = await testPlatform.executor.run(handlers.portfolio.open, owner);
  const dropped: CacheDrops[] = [];
  const store: ReadCache = {
    read: ({ load }) => load(),
    drop: (drops) => {
      dropped.push(drops);
      return Promise.resolve();
    },
  };
  expect(await relayPending({ ...parts, cache: { store, rules: cacheRules } })).toBe(2);
  expect(dropped).toEqual([{ slots: [{ family: 'portfolio', userId, id }], families: ['portfolio'] }]);
  expect(await redis.xlen(liveStream.pattern)).toBe(1);
  expect((await states()).map(({ status }) => status)).toEqual(['done', 'done']);
});
