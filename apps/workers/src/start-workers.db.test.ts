import { connectCache, liveStream, openQueues, type QueueSet, redisLivePublisher, relayPending } from '@trii/infra';
import { createSchedules, jobs } from '@trii/jobs';
import {
  createTestDatabase,
  createTestPlatform,
  deposit,
  recordingLogger,
  throwSnapshotsAway,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countSnapshots, type History, requestSnapshots, sessionsOf, settingsOf, until, writeHistory } from './history.fixture.ts';
import { startWorkers, type Workers, type WorkersConfig } from './start-workers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let history: History;
const redisOf = () => connectCache(database.servers.REDIS_QUEUE_URL, () => undefined);

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  history = await writeHistory(database, platform, { sessions: sessionsOf('2018-01-02', '2018-05-25'), investors: 3 });
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

const due = async (): Promise<number> => (await platform.inspect('SELECT FROM portfolios WHERE snapshots_dirty_from IS NOT NULL')).length;
const undone = async (): Promise<number> => (await platform.inspect(`SELECT FROM deliveries WHERE status <> 'done'`)).length;

async function withWorkers<T>(given: Partial<WorkersConfig>, work: (workers: Workers) => Promise<T>): Promise<T> {
  const workers = await startWorkers(settingsOf(database, given), recordingLogger());
  try {
    return await work(workers);
  } finally {
    await workers.stop();
  }
}

it('writes every snapshot that an operator asks for, and tells the owners', async () => {
  await requestSnapshots(platform);
  await withWorkers({}, async () => {
    await until('nothing is due or under way', async () => (await due()) === 0 && (await undone()) === 0);
  });
  expect(await countSnapshots(platform)).toBe(history.sessions.length * history.portfolios.length);
  const redis = redisOf();
  const entries = (await redis.xrange(liveStream.pattern, '-', '+')).map(([, fields]) => fields);
  redis.disconnect();
  for (const { id, userId } of history.portfolios) {
    expect(entries).toContainEqual(['name', 'analytics.SnapshotsUpdated', 'user', userId, 'aggregate', id]);
  }
});

it('finds by itself what changed, and a look that finds nothing leaves no trace', async () => {
  const [portfolio] = history.portfolios;
  if (portfolio === undefined) throw new Error('the history has portfolios');
  await deposit(database, portfolio, { amount: '5', date: '2018-05-24' });
  // The first tick of a schedule that a queue did not have comes at once.
  await withWorkers({ QUEUE_PREFIX: 'first' }, async () => {
    await until('nothing is due or under way', async () => (await due()) === 0 && (await undone()) === 0);
  });
  const audited = () => platform.inspect(`SELECT FROM audit_logs WHERE use_case LIKE 'analytics.%'`);
  const before = await audited();
  const ticks = createSchedules({ auditSigner: { keyId: 'none', sign: (text) => text }, bank: platform.bank }).filter(
    ({ every }) => 'ms' in every,
  ).length;
  await withWorkers({ QUEUE_PREFIX: 'second' }, async () => {
    const redis = redisOf();
    await until('the first ticks are over', async () => (await redis.zcard('second:dispatch:completed')) >= ticks);
    redis.disconnect();
  });
  expect(await audited()).toHaveLength(before.length);
});

it('does the work of jobs that were in the queue when all of Redis was lost', async () => {
  const redis = redisOf();
  const onError = (): void => undefined;
  const queues: QueueSet = openQueues({ names: ['dispatch', 'snapshots'], connection: redis, prefix: 'test', onError });
  await requestSnapshots(platform);
  const routes = new Map(jobs.map(({ name, queue, attempts, backoff }) => [name, { queue, attempts, backoff }]));
  const { transactions, logger } = platform;
  expect(await relayPending({ transactions, logger, queues, routes, live: redisLivePublisher(redis) })).toBe(1);
  await redis.flushdb();
  await queues.close();
  redis.disconnect();
  expect(await undone()).toBe(1);
  await withWorkers({ JOB_OVERDUE_SECONDS: 1 }, () => until('the lost job is done', async () => (await undone()) === 0));
});

it('goes on working after Redis was emptied under its hands', async () => {
  await withWorkers({ JOB_OVERDUE_SECONDS: 1 }, async () => {
    const redis = redisOf();
    await redis.flushdb();
    await requestSnapshots(platform);
    await until('the job is done', async () => (await undone()) === 0);
    redis.disconnect();
  });
  expect(await due()).toBe(0);
});

it('two workers share the work: no portfolio is done twice, each snapshot is there once', async () => {
  const updates = async () => (await platform.inspect(`SELECT FROM outbox WHERE name = 'analytics.SnapshotsUpdated'`)).length;
  const before = await updates();
  const all = history.sessions.length * history.portfolios.length;
  await throwSnapshotsAway(platform);
  await requestSnapshots(platform);
  await withWorkers({}, () =>
    withWorkers({}, () => until('all snapshots are back', async () => (await countSnapshots(platform)) >= all && (await undone()) === 0)),
  );
  expect(await countSnapshots(platform)).toBe(all);
  expect(await updates()).toBe(before + history.portfolios.length);
});

it('keeps a job that cannot succeed with its reason, and goes on with the others', async () => {
  await platform.inspect(
    `WITH event AS (INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
       VALUES (gen_random_uuid(), now(), 'SNAPSHOT_SHARD', gen_random_uuid(), 'analytics.SnapshotShardDue', '{"shard": 99}') RETURNING id, created_at)
     INSERT INTO deliveries (event_id, job_name, event_created_at) SELECT id, 'snapshot-portfolios', created_at FROM event`,
  );
  await requestSnapshots(platform);
  await withWorkers({}, () =>
    until(
      'the broken one is dead, the other done',
      async () => (await undone()) === 1 && (await platform.inspect(`SELECT FROM deliveries WHERE status = 'dead'`)).length === 1,
    ),
  );
  const [dead] = await platform.inspect<{ last_error: string }>(`SELECT last_error FROM deliveries WHERE status = 'dead'`);
  expect(dead?.last_error).toMatch(/^INVALID_PAYLOAD/);
  await platform.inspect(`DELETE FROM deliveries WHERE status = 'dead'`);
});

it('says on its port whether it lives and can work, and is gone when stopped', async () => {
  const workers = await startWorkers(settingsOf(database), recordingLogger());
  const get = async (path: string): Promise<unknown[]> => {
    const response = await fetch(`http://127.0.0.1:${workers.port}${path}`);
    return [response.status, await response.json()] as unknown[];
  };
  expect(await get('/health/live')).toEqual([200, { status: 'live' }]);
  expect(await get('/health/ready')).toEqual([200, { status: 'ready' }]);
  expect(await get('/anything')).toEqual([404, { error: 'NOT_FOUND' }]);
  await workers.stop();
  await expect(get('/health/live')).rejects.toThrow(/connect/i);
});

it('does not start with a login that may do more than serve', async () => {
  const config = settingsOf(database, { DATABASE_WORKER_URL: database.servers.DATABASE_OWNER_URL });
  await expect(startWorkers(config, recordingLogger())).rejects.toMatchObject({ code: 'LOGIN_TOO_POWERFUL' });
});
