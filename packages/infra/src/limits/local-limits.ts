import { type BucketState, type RateLimiter, takeTokens } from './token-bucket.ts';

/** Buckets of so many callers are remembered; the longest unused is forgotten first, and so full again. */
const CALLERS_MAX = 10_000;

/** Limits of this process alone, for as long as Redis is away. */
export function localRateLimiter(nowMs: () => number = () => performance.now()): RateLimiter {
  const known = new Map<string, BucketState>();
  return {
    take(buckets, costs) {
      const { states, ...taken } = takeTokens({ buckets, states: buckets.map(({ key }) => known.get(key)), costs, nowMs: nowMs() });
      for (const [index, { key }] of buckets.entries()) {
        const state = states[index];
        known.delete(key);
        if (state !== undefined) known.set(key, state);
      }
      while (known.size > CALLERS_MAX) {
        const oldest = known.keys().next();
        if (oldest.done === true) break;
        known.delete(oldest.value);
      }
      return Promise.resolve(taken);
    },
  };
}
