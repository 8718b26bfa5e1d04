import { type AnyDeclaration, callerOperations } from '@trii/contract';
import { Failure } from '@trii/domain';
import { addressGroup, type Bucket, limitKey, type RateLimit, type RateLimiter, type Taken } from '@trii/infra';

export interface CallLimits {
  readonly session: RateLimit;
  /** Of a program's key. */
  readonly key: RateLimit;
  readonly address: RateLimit;
}

/** Generous for a person and for a program that minds its manners; what guesses passwords has limits of its own. */
export const defaultLimits: CallLimits = {
  session: { burst: 1_000, perSecond: 100 },
  key: { burst: 1_000, perSecond: 100 },
  address: { burst: 2_000, perSecond: 200 },
};

export interface Caller {
  readonly address: string | null;
  /** Of the token that came along, whether or not a session stands behind it. */
  readonly tokenHash: string | undefined;
  /** What the token is by its form. */
  readonly tokenIs: 'session' | 'key';
}

export interface Admission {
  /** Why a call of the request has to wait, by its place in the batch. */
  readonly refusalOf: (batchIndex: number) => Failure | undefined;
  readonly isAnyLetIn: boolean;
  /** What is left, as in draft-ietf-httpapi-ratelimit-headers, and how long to wait. */
  readonly headers: Readonly<Record<string, string>>;
}

const costs: ReadonlyMap<string, number> = new Map(callerOperations.map(({ name, cost }: AnyDeclaration) => [name, cost]));
const costOf = (operation: string): number => costs.get(operation) ?? 1;

/** Lets the calls of a request in one by one, each at the cost that it declares, as far as the buckets of its caller reach. */
export async function admit(
  { limiter, limits }: { readonly limiter: RateLimiter; readonly limits: CallLimits },
  caller: Caller,
  operations: readonly string[],
): Promise<Admission> {
  const buckets = bucketsOf(caller, limits);
  const taken = await limiter.take(buckets, operations.map(costOf));
  return {
    refusalOf: (batchIndex) => {
      const waitMs = taken.waitsMs[batchIndex] ?? 0;
      return waitMs === 0 ? undefined : new Failure('RATE_LIMITED', { retryAfterMs: waitMs });
    },
    isAnyLetIn: taken.waitsMs.includes(0),
    headers: headersOf(buckets, taken),
  };
}

function bucketsOf({ address, tokenHash, tokenIs }: Caller, limits: CallLimits): Bucket[] {
  const ofAddress: Bucket = { name: 'address', key: limitKey('address', addressGroup(address)), limit: limits.address };
  return tokenHash === undefined ? [ofAddress] : [ofAddress, { name: tokenIs, key: limitKey(tokenIs, tokenHash), limit: limits[tokenIs] }];
}

/** `q` tokens when full, all of them back within `w` seconds; `r` are left, and it is full again in `t` seconds. */
function headersOf(buckets: readonly Bucket[], { remaining, waitsMs }: Taken): Record<string, string> {
  const policies = buckets.map(({ name, limit }) => `"${name}";q=${limit.burst};w=${Math.ceil(limit.burst / limit.perSecond)}`);
  const states = buckets.map(({ name, limit }, index) => {
    const left = remaining[index] ?? 0;
    return `"${name}";r=${left};t=${Math.ceil((limit.burst - left) / limit.perSecond)}`;
  });
  const waitMs = Math.max(0, ...waitsMs);
  return {
    'RateLimit-Policy': policies.join(', '),
    RateLimit: states.join(', '),
    ...(waitMs === 0 ? {} : { 'Retry-After': String(Math.ceil(waitMs / 1000)) }),
  };
}
