import { createTestDatabase, type TestDatabase } from '@trii/testkit';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectCache } from '../redis/connection.ts';
import { openQueues, type QueueSet } from './queue-set.ts';
import { putSchedules, restoreSchedules } from './schedule-set.ts';

const nightly = { name: 'look-nightly', every: { cron: '30 18 * * 1-5', timeZone: 'America/New_York' } };
const minutely = { name: 'look-minutely', every: { ms: 60_000 } };

let database: TestDatabase;
let redis: Redis;
let queues: QueueSet;
let queue: Queue;

beforeAll(async () => {
  database = await createTestDatabase();
  const onError = (error: Error) => {
    throw error;
  };
  redis = connectCache(database.servers.REDIS_QUEUE_URL, onError);
  queues = openQueues({ names: ['dispatch'], connection: redis, prefix: 'test', onError });
  queue = queues.queueOf('dispatch');
});

afterAll(async () => {
  await queues.close();
  redis.disconnect();
  await database.close();
});

beforeEach(() => redis.flushdb());

const known = async () => (await queue.getJobSchedulers()).map(({ key, every, pattern, tz }) => [key, every ?? pattern, tz ?? null]);

it("makes the queue's schedules those of the table, however often it starts", async () => {
  await putSchedules(queue, [nightly, minutely]);
  await putSchedules(queue, [nightly, minutely]);
  expect(new Map((await known()).map(([name, ...when]) => [name, when]))).toEqual(
    new Map([
      ['look-minutely', [60_000, null]],
      ['look-nightly', ['30 18 * * 1-5', 'America/New_York']],
    ]),
  );
  expect(await queue.getJobCounts('delayed', 'waiting')).toMatchObject({ delayed: 1, waiting: 1 });
});

it('takes over a change and removes what is gone from the table', async () => {
  await putSchedules(queue, [nightly, minutely]);
  await putSchedules(queue, [{ ...nightly, every: { cron: '0 20 * * *', timeZone: 'UTC' } }]);
  expect(await known()).toEqual([['look-nightly', '0 20 * * *', 'UTC']]);
});

it("puts back what the queue lost and leaves the others' next times alone", async () => {
  await putSchedules(queue, [nightly, minutely]);
  const next = (await queue.getJobScheduler('look-nightly'))?.next;
  await queue.removeJobScheduler('look-minutely');
  expect(await restoreSchedules(queue, [nightly, minutely])).toBe(1);
  expect(await restoreSchedules(queue, [nightly, minutely])).toBe(0);
  await redis.flushdb();
  expect(await restoreSchedules(queue, [nightly, minutely])).toBe(2);
  expect((await queue.getJobScheduler('look-nightly'))?.next).toBe(next);
});
