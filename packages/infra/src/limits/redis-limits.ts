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
local lease, isAmple = tonumber(ARGV[calls + 2 * #KEYS + 2]), true
for b = 1, #KEYS do isAmple = isAmple and tokens[b] - lease >= burst[b] / 2 end
if not isAmple then lease = 0 end
for b = 1, #KEYS do
  tokens[b] = tokens[b] - lease
  redis.call('SET', KEYS[b], string.format('%.3f@%.3f', tokens[b], now), 'PX', math.ceil((burst[b] - tokens[b]) / rate[b]) + 1)
  answer[calls + b] = math.floor(tokens[b])
end
answer[calls + #KEYS + 1] = lease
return answer
`;
const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex');
const Answer = z.array(z.number());

/** Of the smallest bucket so much is taken in advance, to be spent without asking again. */
const LEASE_SHARE = 1 / 50;
/** What is not spent by then is lost; it is a fiftieth of what the caller may spend at once. */
const LEASE_MS = 1_000;
const LEASES_MAX = 10_000;

/** Tokens already taken from every bucket of a caller. */
interface Lease {
  left: number;
  readonly until: number;
  /** In each bucket when it was taken. */
  readonly remaining: readonly number[];
}

/**
 * Limits over all api processes. Redis is not asked for each call: while a caller has more than half of every bucket left, some of it is taken
 * in advance, which lets nobody in who would not have been. While the cache is away, which its link tells, each process limits for itself.
 */
export function redisRateLimiter(link: CacheLink): RateLimiter {
  const local = localRateLimiter();
  const leases = leaseStore();
  return {
    async take(buckets, costs) {
      const caller = buckets.map(({ key }) => key).join(' ');
      const spent = leases.spend(caller, costs);
      if (spent !== undefined) return spent;
      // Of calls at the same moment one takes in advance: what each of them took would be lost but for the last.
      const endAsking = leases.beginAsking(caller);
      try {
        const taken = await link.ask((redis) => takeInRedis(redis, { buckets, costs, isLeasing: endAsking !== undefined }));
        if (taken === undefined) return await local.take(buckets, costs);
        const { lease, waitsMs, remaining } = taken;
        if (lease > 0) leases.keep(caller, lease, remaining);
        if (waitsMs.every((waitMs) => waitMs > 0)) return leases.spend(caller, costs) ?? { waitsMs, remaining };
        return { waitsMs, remaining: remaining.map((left) => left + lease) };
      } finally {
        endAsking?.();
      }
    },
  };
}

function leaseStore() {
  const leases = new Map<string, Lease>();
  const asking = new Set<string>();
  const standing = (caller: string): Lease | undefined => {
    const lease = leases.get(caller);
    if (lease === undefined || performance.now() <= lease.until) return lease;
    leases.delete(caller);
    return undefined;
  };
  return {
    spend(caller: string, costs: readonly number[]): Taken | undefined {
      const lease = standing(caller);
      const cost = costs.reduce((sum, one) => sum + one, 0);
      if (lease === undefined || cost > lease.left) return undefined;
      lease.left -= cost;
      return { waitsMs: costs.map(() => 0), remaining: lease.remaining.map((remaining) => remaining + lease.left) };
    },
    /** Ends the asking; undefined while another asks, or something is left. */
    beginAsking(caller: string): (() => void) | undefined {
      if (asking.has(caller) || (standing(caller)?.left ?? 0) > 0) return undefined;
      asking.add(caller);
      return () => asking.delete(caller);
    },
    keep(caller: string, left: number, remaining: readonly number[]): void {
      if (leases.size >= LEASES_MAX) leases.clear();
      leases.set(caller, { left, until: performance.now() + LEASE_MS, remaining });
    },
  };
}

interface Taking {
  readonly buckets: readonly Bucket[];
  readonly costs: readonly number[];
  readonly isLeasing: boolean;
}

async function takeInRedis(redis: Redis, { buckets, costs, isLeasing }: Taking): Promise<Taken & { readonly lease: number }> {
  const keys = buckets.map(({ key }) => key);
  const limits = buckets.flatMap(({ limit }) => [limit.burst, limit.perSecond]);
  const lease = isLeasing ? Math.floor(Math.min(...buckets.map(({ limit }) => limit.burst)) * LEASE_SHARE) : 0;
  const answer = Answer.parse(await evaluated(redis, keys.length, [...keys, costs.length, ...costs, ...limits, lease]));
  const remaining = answer.slice(costs.length, costs.length + keys.length);
  return { waitsMs: answer.slice(0, costs.length), remaining, lease: answer.at(-1) ?? 0 };
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
