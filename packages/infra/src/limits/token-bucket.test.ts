import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { localRateLimiter } from './local-limits.ts';
import { type Bucket, takeTokens } from './token-bucket.ts';

const bucket = (burst: number, perSecond: number, key = 'a'): Bucket => ({ name: 'session', key, limit: { burst, perSecond } });

test('calls are let in until the bucket is empty, and told how long to wait', () => {
  const { waitsMs, remaining } = takeTokens({ buckets: [bucket(5, 2)], states: [undefined], costs: [2, 2, 2, 1], nowMs: 0 });
  // After two calls one token is left: the third lacks one, which comes in half a second; the cheaper fourth can have it.
  expect(waitsMs).toEqual([0, 0, 500, 0]);
  expect(remaining).toEqual([0]);
});

test('tokens come back with time, up to the burst', async () => {
  let now = 0;
  const limiter = localRateLimiter(() => now);
  const take = async (...costs: number[]) => (await limiter.take([bucket(10, 5)], costs)).waitsMs;
  expect(await take(10, 1)).toEqual([0, 200]);
  now = 199;
  expect(await take(1)).toEqual([1]);
  now = 200;
  expect(await take(1)).toEqual([0]);
  now = 1_000_000;
  expect(await take(10, 1)).toEqual([0, 200]);
});

test('a call dearer than the burst takes the whole bucket instead of never being let in', () => {
  expect(takeTokens({ buckets: [bucket(5, 1)], states: [undefined], costs: [50], nowMs: 0 })).toMatchObject({
    waitsMs: [0],
    remaining: [0],
  });
});

test('what one bucket refuses takes nothing from the other', () => {
  const buckets = [bucket(100, 1, 'address'), bucket(1, 1, 'session')];
  expect(takeTokens({ buckets, states: [undefined, undefined], costs: [1, 1, 1], nowMs: 0 })).toMatchObject({
    waitsMs: [0, 1_000, 1_000],
    remaining: [99, 0],
  });
});

test('over any time nobody gets more than the burst and what has come back since', async () => {
  const step = fc.record({ afterMs: fc.nat(3_000), costs: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      async (steps, burst, perSecond) => {
        let now = 0;
        let spent = 0;
        const limiter = localRateLimiter(() => now);
        for (const { afterMs, costs } of steps) {
          now += afterMs;
          const { waitsMs } = await limiter.take([bucket(burst, perSecond)], costs);
          for (const [index, waitMs] of waitsMs.entries()) if (waitMs === 0) spent += Math.min(costs[index] ?? 0, burst);
          expect(spent).toBeLessThanOrEqual(burst + (now / 1_000) * perSecond + 1e-6);
        }
      },
    ),
  );
});

test('ten thousand callers are remembered and no more: the one not seen for longest begins anew', async () => {
  const limiter = localRateLimiter(() => 0);
  const take = async (key: string) => (await limiter.take([bucket(1, 1, key)], [1])).waitsMs[0] === 0;
  expect(await take('first')).toBe(true);
  expect(await take('first')).toBe(false);
  for (let n = 0; n < 10_000; n += 1) await take(`other ${n}`);
  expect(await take('other 9999')).toBe(false);
  expect(await take('first')).toBe(true);
});
