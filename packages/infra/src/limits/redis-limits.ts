import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { CacheLink } from '../redis/cache-link.ts';
import { localRateLimiter } from './local-limits.ts';
import type { Bucket, RateLimiter, Taken } from './token-bucket.ts';

/**
 * takeTokens() where all api processes share the buckets, in one round trip. By Redis' own clock, since theirs differ. A bucket lives until it
 * would be full again, which is what a missing one is.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local calls = tonumber(ARGV[1])
local burst, rate, tokens, answer = {}, {}, {}, {}
for b = 1, #KEYS do
  burst[b], rate[b] = tonumber(ARGV[calls + 2 * b]), tonumber(ARGV[calls + 2 * b + 1]) / 1000
  tokens[b] = burst[b]
  local state = redis.call('GET', KEYS[b])
  if state then
    local left, at = string.match(state, '^([^@]+)@([^@]+)$')
    if left then tokens[b] = math.min(burst[b], tonumber(left) + math.max(0, now - tonumber(at)) * rate[b]) end
  end
end
for c = 1, calls do
  local cost, wait = tonumber(ARGV[1 + c]), 0
  for b = 1, #KEYS do
    local short = math.min(cost, burst[b]) - tokens[b]
    if short > 0 then wait = math.max(wait, 1, math.ceil(short / rate[b])) end
  end
  if wait == 0 then
    for b = 1, #KEYS do tokens[b] = tokens[b] - math.min(cost, burst[b]) end
  end
  answer[c] = wait
end
for b = 1, #KEYS do
  redis.call('SET', KEYS[b], string.format('%.3f@%.3f', tokens[b], now), 'PX', math.ceil((burst[b] - tokens[b]) / rate[b]) + 1)
  answer[calls + b] = math.floor(tokens[b])
end
return answer
`;
const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex');
const Answer = z.array(z.number());

/** Limits over all api processes. While the cache is away, which its link tells, each limits for itself. */
export function redisRateLimiter(link: CacheLink): RateLimiter {
  const local = localRateLimiter();
  return {
    async take(buckets, costs) {
      return (await link.ask((redis) => takeInRedis(redis, buckets, costs))) ?? local.take(buckets, costs);
    },
  };
}

async function takeInRedis(redis: Redis, buckets: readonly Bucket[], costs: readonly number[]): Promise<Taken> {
  const keys = buckets.map(({ key }) => key);
  const limits = buckets.flatMap(({ limit }) => [limit.burst, limit.perSecond]);
  const values = [...keys, costs.length, ...costs, ...limits];
  const answer = Answer.parse(await evaluated(redis, keys.length, values));
  return { waitsMs: answer.slice(0, costs.length), remaining: answer.slice(costs.length) };
}

async function evaluated(redis: Redis, keys: number, values: readonly (string | number)[]): Promise<unknown> {
  try {
    return await redis.evalsha(SCRIPT_SHA, keys, ...values);
  } catch (error) {
    // Known to no Redis that has just started.
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(SCRIPT, keys, ...values);
  }
}
