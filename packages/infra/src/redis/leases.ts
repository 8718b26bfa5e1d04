import { newId } from '@trii/kernel';
import { z } from 'zod';
import type { CacheLink } from './cache-link.ts';
import type { ValueKey } from './keys.ts';

/** Where a value is, and the lease of whoever loads it. */
export interface Place {
  readonly definition: ValueKey;
  readonly key: string;
  readonly lease: string;
}

// A lease names its epoch, so that a new epoch ends it too; an epoch that Redis has lost begins anew.
const CLAIM = `
local epoch = ''
if KEYS[2] then
  epoch = redis.call('GET', KEYS[2])
  if not epoch then epoch = ARGV[1] redis.call('SET', KEYS[2], epoch) end
end
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #epoch + 1) == epoch .. ' ' then return {0, held, epoch} end
local mine = epoch .. ' ' .. ARGV[1]
redis.call('SET', KEYS[1], mine, 'PX', ARGV[2])
return {1, mine, epoch}`;

const STORE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if KEYS[3] and redis.call('GET', KEYS[3]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('DEL', KEYS[1])
return 1`;

const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

const Claim = z.tuple([z.int(), z.string(), z.string()]).transform(([isMine, lease, epoch]) => ({ isMine: isMine === 1, lease, epoch }));
/** Whose lease stands: one's own, or that of whoever came before. */
export type Lease = z.output<typeof Claim>;

export interface Leases {
  /** Undefined: the cache is away. */
  claim(place: Place): Promise<Lease | undefined>;
  /** Refused when the lease was taken away, by a change of what was loaded or by time. */
  store(place: Place, held: Lease, text: string): Promise<'stored' | 'refused' | undefined>;
  release(place: Place, held: Lease): Promise<void>;
}

export function openLeases(link: CacheLink, leaseMs: number): Leases {
  const withEpoch = (keys: readonly string[], { definition: { epoch } }: Place): string[] =>
    epoch === null ? [...keys] : [...keys, epoch];
  return {
    claim(place) {
      const keys = withEpoch([place.lease], place);
      return link.ask(async (redis) => Claim.parse(await redis.eval(CLAIM, keys.length, ...keys, newId(), leaseMs)));
    },
    store(place, held, text) {
      const keys = withEpoch([place.lease, place.key], place);
      return link.ask(async (redis) =>
        (await redis.eval(STORE, keys.length, ...keys, held.lease, held.epoch, text, place.definition.ttlMs)) === 1 ? 'stored' : 'refused',
      );
    },
    async release({ lease }, held) {
      await link.ask(async (redis) => z.int().parse(await redis.eval(RELEASE, 1, lease, held.lease)));
    },
  };
}
