import { newId, systemClock } from '@trii/kernel';
import { createTestDatabase, recordingLogger } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCacheLink, type CacheLink } from './cache-link.ts';
import { redisLivePublisher } from './live-publisher.ts';
import { redisNotificationReplay } from './notification-stream.ts';
import { redisPredictionCache } from './prediction-cache.ts';
import { redisTickPublisher, redisTickReplay } from './tick-stream.ts';

let redis: Redis;
let link: CacheLink;
beforeAll(async () => {
  const { REDIS_QUEUE_URL, REDIS_CACHE_URL } = (await createTestDatabase()).servers;
  redis = new Redis(REDIS_QUEUE_URL);
  link = openCacheLink({ url: REDIS_CACHE_URL, logger: recordingLogger() });
  await link.ready(5_000);
});
beforeEach(async () => {
  await redis.flushdb();
});
afterAll(() => {
  redis.disconnect();
  link.close();
});

const START = '0-0';
const tick = (n: number) => ({ symbol: 'AAPL', price: `${100 + n}.25`, volume: '10', timestampMs: 1_641_234_567_890 + n });

describe('stream:market_data', () => {
  it('gives the ticks that were published, in order and in pages', async () => {
    await redisTickPublisher(redis).publish([0, 1, 2].map(tick));
    const first = await redisTickReplay(redis).replay({ after: START, limit: 2 });
    expect(first.items).toEqual([
      { id: expect.any(String), ...tick(0) },
      { id: expect.any(String), ...tick(1) },
    ]);
    const rest = await redisTickReplay(redis).replay({ after: first.next ?? '', limit: 2 });
    expect(rest).toMatchObject({ items: [tick(2)], next: null });
    expect(await redis.xlen('stream:market_data')).toBe(3);
  });

  it('takes no tick that is none, and no more than a thousand at once', async () => {
    const publisher = redisTickPublisher(redis);
    await expect(publisher.publish([{ ...tick(0), price: 'a lot' }])).rejects.toThrow(/price/);
    await expect(publisher.publish([{ ...tick(0), symbol: 'A:B' }])).rejects.toThrow(/symbol/);
    await expect(publisher.publish(Array.from({ length: 1_001 }, (_, n) => tick(n)))).rejects.toThrow(/at most 1000/);
    expect(await redis.exists('stream:market_data')).toBe(0);
  });

  it('passes over an entry of another shape and goes on after it', async () => {
    await redis.xadd('stream:market_data', '*', 'price', '1');
    await redisTickPublisher(redis).publish([tick(1)]);
    expect((await redisTickReplay(redis).replay({ after: START, limit: 10 })).items).toMatchObject([tick(1)]);
  });

  it('stays near its length however much is published', async () => {
    const publisher = redisTickPublisher(redis);
    for (let round = 0; round < 105; round += 1) await publisher.publish(Array.from({ length: 1_000 }, (_, n) => tick(n)));
    expect(await redis.xlen('stream:market_data')).toBeLessThan(101_000);
  });
});

describe('stream:notifications:{user_id}', () => {
  const event = (userId: string, aggregateId = newId()) => ({
    eventId: newId(),
    jobName: 'publish-live',
    eventName: 'notifications.NotificationCreated',
    aggregateType: 'NOTIFICATION',
    aggregateId,
    userId,
    sequence: '1',
    payload: {},
    attempts: 0,
  });

  it('replays what came for one user after an id, and nothing of another', async () => {
    const [mine, theirs] = [newId(), newId()];
    const [first, second] = [newId(), newId()];
    await redisLivePublisher(redis).publish([event(mine, first), event(theirs), event(mine, second)]);
    const replay = redisNotificationReplay(redis);
    const all = await replay.replay(mine, { after: START, limit: 10 });
    expect(all.items.map(({ notificationId }) => notificationId)).toEqual([first, second]);
    const rest = await replay.replay(mine, { after: all.items[0]?.id ?? '', limit: 10 });
    expect(rest).toMatchObject({
      items: [{ notificationId: second, name: 'notifications.NotificationCreated' }],
      next: null,
      isGap: false,
    });
  });

  it('goes away when nobody writes to it, and stays near a thousand entries', async () => {
    const user = newId();
    for (let round = 0; round < 3; round += 1) await redisLivePublisher(redis).publish(Array.from({ length: 500 }, () => event(user)));
    const key = `stream:notifications:${user}`;
    expect(await redis.xlen(key)).toBeLessThan(1_200);
    const ttl = await redis.ttl(key);
    expect(ttl).toBeGreaterThan(6 * 86_400);
    expect(ttl).toBeLessThanOrEqual(7 * 86_400);
  });

  it('says that there is a gap when what followed the id was cut off', async () => {
    const user = newId();
    await redisLivePublisher(redis).publish([event(user), event(user), event(user)]);
    const replay = redisNotificationReplay(redis);
    const [oldest] = (await replay.replay(user, { after: START, limit: 1 })).items;
    await redis.xtrim(`stream:notifications:${user}`, 'MAXLEN', 1);
    expect(await replay.replay(user, { after: oldest?.id ?? '', limit: 10 })).toMatchObject({ isGap: true });
  });
});

describe('ml:prediction:{symbol}:{model_version}', () => {
  const of = { symbol: 'AAPL', model: 'drift', version: '1.2.0', horizon: '5d' };
  const prediction = {
    predictedPrice: '155.75',
    confidence: 0.87,
    targetDate: '2026-01-12',
    features: { momentumDays: 5, regime: 'calm' },
  };

  it('is found by the same model, version and horizon, and by no other', async () => {
    const cache = redisPredictionCache(link, systemClock);
    expect(await cache.find(of)).toBeUndefined();
    await cache.keep(of, prediction);
    expect(await cache.find(of)).toEqual(prediction);
    expect(await cache.find({ ...of, horizon: '1d' })).toBeUndefined();
    const stored = await link.ask((connection) => connection.get('ml:prediction:AAPL:drift@1.2.0@5d'));
    expect(JSON.parse(stored ?? '')).toMatchObject({
      predicted_price: '155.75',
      confidence: 0.87,
      target_date: '2026-01-12',
      features: prediction.features,
    });
    expect(await link.ask((connection) => connection.ttl('ml:prediction:AAPL:drift@1.2.0@5d'))).toBeGreaterThan(3_500);
  });

  it('finds nothing while the cache is away, and keeps nothing', async () => {
    const away = openCacheLink({ url: 'redis://127.0.0.1:1/0', logger: recordingLogger() });
    const cache = redisPredictionCache(away, systemClock);
    await cache.keep(of, prediction);
    expect(await cache.find(of)).toBeUndefined();
    away.close();
  });
});
