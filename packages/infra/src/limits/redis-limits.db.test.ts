import { newId, seededRandom } from '@trii/kernel';
import { createTestDatabase, recordingLogger, type TestDatabase } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CacheLink, openCacheLink } from '../redis/cache-link.ts';
import { limitKey } from '../redis/keys.ts';
import { redisRateLimiter } from './redis-limits.ts';
import { type Bucket, takeTokens } from './token-bucket.ts';

let database: TestDatabase;
let redis: Redis;
let links: readonly CacheLink[];
beforeAll(async () => {
  database = await createTestDatabase();
  redis = new Redis(database.servers.REDIS_CACHE_URL);
  links = Array.from({ length: 2 }, () => openCacheLink({ url: database.servers.REDIS_CACHE_URL, logger: recordingLogger() }));
  for (const link of links) await link.ready(5_000);
});
afterAll(async () => {
  for (const link of links) link.close();
  redis.disconnect();
  await database.close();
});

const bucket = (burst: number, perSecond: number, name: 'session' | 'address' = 'session'): Bucket => ({
  name,
  key: limitKey(name, newId()),
  limit: { burst, perSecond },
});
/** As another api process has it. */
function fresh(process = 0) {
  const link = links[process];
  if (link === undefined) throw new Error(`there are ${links.length} processes`);
  return redisRateLimiter(link);
}

test('Redis decides as the rule does', async () => {
  const random = seededRandom(7);
  for (let round = 0; round < 50; round += 1) {
    // So slow that nothing comes back while the round goes on.
    const buckets = [bucket(random.integer(1, 60), 0.001), bucket(random.integer(1, 60), 0.001, 'address')];
    const costs = Array.from({ length: random.integer(1, 20) }, () => random.integer(1, 20));
    const rule = takeTokens({ buckets, states: [undefined, undefined], costs, nowMs: 0 });
    const taken = await fresh().take(buckets, costs);
    expect(taken.waitsMs.map((waitMs) => waitMs === 0)).toEqual(rule.waitsMs.map((waitMs) => waitMs === 0));
    expect(taken.remaining).toEqual(rule.remaining);
    for (const [index, waitMs] of taken.waitsMs.entries()) expect(Math.abs(waitMs - (rule.waitsMs[index] ?? 0))).toBeLessThan(1_000);
  }
});

test('two processes draw from the same bucket, at the same time', async () => {
  const shared = bucket(100, 0.001);
  const processes = [fresh(0), fresh(1)] as const;
  const takes = Array.from({ length: 150 }, (_, n) => processes[n % 2 === 0 ? 0 : 1].take([shared], [1]));
  const letIn = (await Promise.all(takes)).filter(({ waitsMs }) => waitsMs[0] === 0);
  // A process that was refused nothing keeps the two tokens that it took in advance.
  expect(letIn.length).toBeLessThanOrEqual(100);
  expect(letIn.length).toBeGreaterThanOrEqual(98);
});

test('what two processes take in advance lets nobody in beyond the burst, and loses next to nothing', async () => {
  const shared = bucket(1_000, 0.001);
  const processes = [fresh(0), fresh(1)] as const;
  const counted = async (): Promise<number> => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
  const before = await counted();
  let letIn = 0;
  for (let n = 0; n < 1_200; n += 1) {
    const { waitsMs } = await processes[n % 2 === 0 ? 0 : 1].take([shared], [1]);
    if (waitsMs[0] === 0) letIn += 1;
    // Half of the bucket goes by advances of a fiftieth of it: some 25 look-ups instead of 500.
    if (n === 400) expect((await counted()) - before).toBeLessThan(60);
  }
  expect(letIn).toBeLessThanOrEqual(1_000);
  expect(letIn).toBeGreaterThanOrEqual(960);
});

test('tokens come back: who waits as long as told is let in', async () => {
  const fast = bucket(2, 20);
  expect((await fresh().take([fast], [2])).waitsMs).toEqual([0]);
  const [waitMs = 0] = (await fresh().take([fast], [1])).waitsMs;
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(50);
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  expect((await fresh().take([fast], [1])).waitsMs).toEqual([0]);
});

test('a bucket is kept until it would be full, and no longer', async () => {
  const one = bucket(100, 10);
  await fresh().take([one], [50]);
  const leftMs = await redis.pttl(one.key);
  expect(leftMs).toBeGreaterThan(4_000);
  expect(leftMs).toBeLessThanOrEqual(5_001);
});

test('a bucket that somebody else wrote rubbish into is a full one', async () => {
  const one = bucket(3, 0.001);
  await redis.set(one.key, 'rubbish');
  expect((await fresh().take([one], [3, 1])).waitsMs[0]).toBe(0);
});

test('without Redis each process limits for itself', async () => {
  const away = openCacheLink({ url: 'redis://127.0.0.1:1', logger: recordingLogger() });
  const limiter = redisRateLimiter(away);
  const one = bucket(5, 0.001);
  const taken = await Promise.all(Array.from({ length: 100 }, () => limiter.take([one], [1])));
  expect(taken.filter(({ waitsMs }) => waitsMs[0] === 0)).toHaveLength(5);
  away.close();
});

test('a Redis that has just started does not know the script, and learns it', async () => {
  await redis.script('FLUSH');
  expect((await fresh().take([bucket(1, 1)], [1])).waitsMs).toEqual([0]);
  expect(links[0]?.state).toBe('up');
});
