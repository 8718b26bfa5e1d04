import { createHash } from 'node:crypto';
import type { SignInThrottle } from '@trii/domain';
import type { Clock } from '@trii/kernel';
import { z } from 'zod';
import type { CacheLink } from '../redis/cache-link.ts';
import { triesKey } from '../redis/keys.ts';
import { addressGroup } from './address-group.ts';
import { FORGOTTEN_MS, isFreeOfAddress, judgeTry, type Standing, type Tries } from './failed-tries.ts';

/** Writes what was judged, unless another try came in between: then it is judged again. */
const COMPARE_AND_SET = `
for k = 1, 3 do if (redis.call('GET', KEYS[k]) or '') ~= ARGV[k] then return 0 end end
for k = 1, 3 do
  if ARGV[3 + k] == '' then redis.call('DEL', KEYS[k]) else redis.call('SET', KEYS[k], ARGV[3 + k], 'PX', ARGV[7]) end
end
return 1`;
/** Remembered by a process alone, for as long as Redis is away; the longest unused go first. */
const LOCAL_MAX = 30_000;
/** Tries of one account at the very same moment; one that finds no turn comes again like one that came too early. */
const ROUNDS_MAX = 8;
const BUSY_MS = 1_000;

type Texts = readonly string[];

interface Store {
  read(keys: Texts): Promise<Texts>;
  /** False when another try came in between. */
  swap(keys: Texts, before: Texts, after: Texts): Promise<boolean>;
}

/** Counts tries to sign in where all api processes see them; each process by itself while the cache is away. */
export function redisSignInThrottle(link: CacheLink, clock: Clock): SignInThrottle {
  const store = withFallback(link, localStore());
  return {
    async begin(account, address) {
      const keys = keysOf(account, address);
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        const before = await store.read(keys);
        const nowMs = clock.now().getTime();
        const standing = standingOf(before);
        const { waitMs, pairDelayMs, addressDelayMs } = judgeTry(standing, nowMs);
        if (waitMs > 0) return waitMs;
        const after = [
          textOf({ count: standing.pair.count + 1, notBeforeMs: nowMs + pairDelayMs }),
          textOf({ count: standing.everywhere + 1, notBeforeMs: 0 }),
          textOf({ count: standing.address.count + 1, notBeforeMs: nowMs + addressDelayMs }),
        ];
        if (await store.swap(keys, before, after)) return 0;
      }
      return BUSY_MS;
    },
    async succeeded(account, address) {
      const keys = keysOf(account, address);
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        const before = await store.read(keys);
        // Of what the address has tried only this one: by an account of their own, anybody could begin anew.
        const { count, notBeforeMs } = standingOf(before).address;
        const rest = Math.max(0, count - 1);
        const after = ['', '', rest === 0 ? '' : textOf({ count: rest, notBeforeMs: isFreeOfAddress(rest) ? 0 : notBeforeMs })];
        if (await store.swap(keys, before, after)) return;
      }
    },
  };
}

/** No address and no e-mail address stands in Redis as it is. */
function keysOf(account: string, address: string | null): Texts {
  const from = addressGroup(address);
  return [triesKey('pair', hash(`${account}\n${from}`)), triesKey('account', hash(account)), triesKey('address', hash(from))];
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');
const textOf = ({ count, notBeforeMs }: Tries): string => `${count}@${notBeforeMs}`;

function triesOf(text: string | undefined): Tries {
  const [count = 0, notBeforeMs = 0] = (text ?? '').split('@').map(Number);
  return Number.isFinite(count) && Number.isFinite(notBeforeMs) ? { count, notBeforeMs } : { count: 0, notBeforeMs: 0 };
}

const standingOf = ([pair, everywhere, address]: Texts): Standing => ({
  pair: triesOf(pair),
  everywhere: triesOf(everywhere).count,
  address: triesOf(address),
});

function withFallback(link: CacheLink, local: Store): Store {
  return {
    async read(keys) {
      const found = await link.ask((redis) => redis.mget(...keys));
      return found === undefined ? local.read(keys) : found.map((text) => text ?? '');
    },
    async swap(keys, before, after) {
      const isSet = await link.ask(async (redis) =>
        z.int().parse(await redis.eval(COMPARE_AND_SET, keys.length, ...keys, ...before, ...after, FORGOTTEN_MS)),
      );
      return isSet === undefined ? local.swap(keys, before, after) : isSet === 1;
    },
  };
}

function localStore(): Store {
  const known = new Map<string, string>();
  return {
    read: (keys) => Promise.resolve(keys.map((key) => known.get(key) ?? '')),
    swap(keys, before, after) {
      if (keys.some((key, index) => (known.get(key) ?? '') !== before[index])) return Promise.resolve(false);
      for (const [index, key] of keys.entries()) {
        known.delete(key);
        if (after[index] !== '') known.set(key, after[index] ?? '');
      }
      while (known.size > LOCAL_MAX) {
        const oldest = known.keys().next();
        if (oldest.done === true) break;
        known.delete(oldest.value);
      }
      return Promise.resolve(true);
    },
  };
}
