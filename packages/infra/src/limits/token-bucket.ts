/** A bucket holds `burst` tokens when full and regains `perSecond` of them each second; a call takes what it costs. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** One caller's bucket: every call draws from all that it is given. */
export interface Bucket {
  /** As it is told to the caller: `session`, `address`. */
  readonly name: string;
  readonly key: string;
  readonly limit: RateLimit;
}

export interface Taken {
  /** For each call how many milliseconds until it could be afforded; 0 lets it in now. */
  readonly waitsMs: readonly number[];
  /** What each bucket still holds, in whole tokens. */
  readonly remaining: readonly number[];
}

export interface RateLimiter {
  /** Each call takes its cost from every bucket or from none, the first ones first. */
  take(buckets: readonly Bucket[], costs: readonly number[]): Promise<Taken>;
}

/** What a bucket held at a moment. */
export interface BucketState {
  readonly tokens: number;
  readonly atMs: number;
}

interface Taking {
  readonly buckets: readonly Bucket[];
  /** Undefined for one that was never drawn from, or not for so long that it is full. */
  readonly states: readonly (BucketState | undefined)[];
  readonly costs: readonly number[];
  readonly nowMs: number;
}

/** The rule, which the script in Redis follows too. A call dearer than a bucket is large costs the whole bucket. */
export function takeTokens({ buckets, states, costs, nowMs }: Taking): Taken & { readonly states: readonly BucketState[] } {
  const tokens = buckets.map(({ limit }, index) => tokensNow(limit, states[index], nowMs));
  const waitsMs = costs.map((cost) => {
    const waits = buckets.map(({ limit }, index) => waitMs(limit, Math.min(cost, limit.burst), tokens[index] ?? 0));
    const wait = Math.max(0, ...waits);
    if (wait === 0) for (const [index, { limit }] of buckets.entries()) tokens[index] = (tokens[index] ?? 0) - Math.min(cost, limit.burst);
    return wait;
  });
  return { waitsMs, remaining: tokens.map(Math.floor), states: tokens.map((left) => ({ tokens: left, atMs: nowMs })) };
}

function tokensNow({ burst, perSecond }: RateLimit, state: BucketState | undefined, nowMs: number): number {
  if (state === undefined) return burst;
  return Math.min(burst, state.tokens + (Math.max(0, nowMs - state.atMs) / 1000) * perSecond);
}

const waitMs = ({ perSecond }: RateLimit, cost: number, tokens: number): number =>
  tokens >= cost ? 0 : Math.max(1, Math.ceil(((cost - tokens) / perSecond) * 1000));
