import type { CachedSession } from '@trii/domain';
import { manualClock, newId, systemClock } from '@trii/kernel';
import { createTestDatabase, recordingLogger } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type CacheLink, openCacheLink } from './cache-link.ts';
import { redisSessionCache } from './session-cache.ts';

const clock = manualClock(systemClock.now());
const hash = 'A'.repeat(42) + 'z';
const key = `session:${hash}`;
let redis: Redis;
let link: CacheLink;

beforeAll(async () => {
  const url = (await createTestDatabase()).servers.REDIS_CACHE_URL;
  redis = new Redis(url);
  link = openCacheLink({ url, logger: recordingLogger() });
  await link.ready(5_000);
});
beforeEach(async () => {
  await redis.flushdb();
});
afterAll(() => {
  link.close();
  redis.disconnect();
});

const session = (): CachedSession => ({
  sessionId: newId(),
  userId: newId(),
  expiresAt: clock.now().getTime() + 86_400_000,
  permissions: ['read', 'write'],
  authenticatedAt: clock.now().getTime(),
  lastActivity: clock.now().getTime(),
});

function database(found: CachedSession | undefined) {
  const state = { found, lookUps: 0 };
  return {
    state,
    lookUp: () => {
      state.lookUps += 1;
      return Promise.resolve(state.found);
    },
  };
}

const cacheOf = () => redisSessionCache(link, clock);

it('keeps a session under the specified key, in the specified fields, for 24 hours, and asks the database once', async () => {
  const { state, lookUp } = database(session());
  expect(await cacheOf().find(hash, lookUp)).toEqual(state.found);
  expect(await cacheOf().find(hash, lookUp)).toEqual(state.found);
  expect(state.lookUps).toBe(1);
  expect(JSON.parse((await redis.get(key)) ?? '')).toMatchObject({
    user_id: state.found?.userId,
    expires_at: state.found?.expiresAt,
    permissions: ['read', 'write'],
    authenticated_at: state.found?.authenticatedAt,
    last_activity: state.found?.lastActivity,
  });
  expect(await redis.ttl(key)).toBeGreaterThan(86_000);
});

it('asks the database again after a second, counted from before it was asked', async () => {
  const { state, lookUp } = database(session());
  const slow = async () => {
    const found = await lookUp();
    clock.advance(400);
    return found;
  };
  await cacheOf().find(hash, slow);
  clock.advance(599);
  expect(await cacheOf().find(hash, lookUp)).toBeDefined();
  expect(state.lookUps).toBe(1);
  state.found = undefined;
  clock.advance(1);
  expect(await cacheOf().find(hash, lookUp)).toBeUndefined();
  expect(state.lookUps).toBe(2);
});

it('believes no process whose clock is ahead', async () => {
  const { state, lookUp } = database(session());
  await redisSessionCache(link, manualClock(new Date(clock.now().getTime() + 1))).find(hash, lookUp);
  await cacheOf().find(hash, lookUp);
  expect(state.lookUps).toBe(2);
});

it('ends for good only once every process that could still read it has stopped believing it, where the cache could not be told', async () => {
  const cutOff = openCacheLink({ url: 'redis://127.0.0.1:1', logger: recordingLogger() });
  try {
    const others = redisSessionCache(link, systemClock);
    const found = session();
    await others.find(hash, () => Promise.resolve(found));
    const ended = redisSessionCache(cutOff, systemClock).end(hash);
    const gone = () => Promise.resolve(undefined);
    expect(await others.find(hash, gone)).toEqual(found);
    await ended;
    expect(await others.find(hash, gone)).toBeUndefined();
  } finally {
    cutOff.close();
  }
});

it('refuses a session that was ended, though a look-up from before would cache it again', async () => {
  const found = session();
  const late = async (): Promise<CachedSession> => {
    await cacheOf().end(hash);
    return found;
  };
  await cacheOf().find(hash, late);
  expect(await redis.get(key)).toBe('ended');
  const { state, lookUp } = database(found);
  expect(await cacheOf().find(hash, lookUp)).toBeUndefined();
  expect(state.lookUps).toBe(0);
});

it('keeps nothing that was looked up before Redis lost everything, a mark of an ended session with it', async () => {
  await cacheOf().find(newHash(), () => Promise.resolve(session()));
  const late = async (): Promise<CachedSession> => {
    await cacheOf().end(hash);
    await redis.flushdb();
    return session();
  };
  await cacheOf().find(hash, late);
  expect(await redis.exists(key)).toBe(0);
});

it.each([
  ['another version', (text: string) => text.replace(/"schema_version":\d+/, '"schema_version":1')],
  ['no version, as before', (text: string) => text.replace(/"schema_version":\d+,/, '')],
  ['an unknown permission', (text: string) => text.replace('"write"', '"rule"')],
])('takes a value of %s for a miss', async (_, change) => {
  const { state, lookUp } = database(session());
  await cacheOf().find(hash, lookUp);
  const text = (await redis.get(key)) ?? '';
  expect(change(text)).not.toBe(text);
  await redis.set(key, change(text));
  expect(await cacheOf().find(hash, lookUp)).toEqual(state.found);
  expect(state.lookUps).toBe(2);
});

const newHash = () => newId().replaceAll('-', '').padEnd(43, 'x');
