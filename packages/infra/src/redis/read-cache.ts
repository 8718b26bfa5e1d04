import type { CachedRead, CacheDrops, CacheFamily, CacheSlot, Logger, ReadCache } from '@trii/domain';
import { newId, type Clock } from '@trii/kernel';
import type { CacheLink } from './cache-link.ts';
import { keyOf, leaseOf, portfolioKey, quoteKey, type ValueKey } from './keys.ts';
import { openLeases, type Lease, type Leases, type Place } from './leases.ts';
import { decodeValue, encodeValue, ours, specified } from './stored-value.ts';

export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  /** Read from the database because the cache was away. */
  readonly bypasses: number;
  /** Misses that another call was loading already: none of them asked the database. */
  readonly joined: number;
  /** Loaded, but dropped meanwhile: not kept. */
  readonly refused: number;
}

export interface CountingReadCache extends ReadCache {
  counts(): CacheCounts;
}

interface Options {
  readonly link: CacheLink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a loader that died leaves behind; others wait for it no longer than WAITS x WAIT_MS. */
  readonly leaseMs?: number;
}

const LEASE_MS = 2_000;
const WAIT_MS = 15;
const WAITS = 40;
/** A value larger than this costs Redis and the wire more than it saves. */
const VALUE_LENGTH_MAX = 1_000_000;

const keysOfFamilies: Readonly<Record<CacheFamily, ValueKey>> = { quote: quoteKey, portfolio: portfolioKey };

function placeOf({ family, userId, id }: CacheSlot): Place {
  const key = family === 'quote' ? keyOf(quoteKey, { symbol: id }) : keyOf(portfolioKey, { user_id: userId ?? '', portfolio_id: id });
  return { definition: keysOfFamilies[family], key, lease: leaseOf(key) };
}

/**
 * Cache-aside with leases (Nishtala et al., Scaling Memcache at Facebook, NSDI 2013). Who misses takes a lease and loads; who meets a lease waits
 * for its value, in this process on the same promise. Storing asks for the lease, and dropping a value takes the lease away: so what was loaded
 * before a change is never stored after it, and whoever reads after a change never joins a load from before it.
 */
export function redisReadCache({ link, clock, logger, leaseMs = LEASE_MS }: Options): CountingReadCache {
  const leases = openLeases(link, leaseMs);
  const flights = new Map<string, Promise<unknown>>();
  const counts = { hits: 0, misses: 0, bypasses: 0, joined: 0, refused: 0 };

  async function load<T>(place: Place, held: Lease, read: CachedRead<T>): Promise<T> {
    try {
      // Between this caller's look and its claim another load may have ended: its value is there now.
      const stored = await look(link, place, read);
      if (stored?.view === undefined) {
        counts.misses += 1;
        const view = await read.load();
        if (await storeRefused(leases, { clock, logger, place, held, view })) counts.refused += 1;
        return view;
      }
      counts.hits += 1;
      await leases.release(place, held);
      return stored.view;
    } catch (error) {
      await leases.release(place, held);
      throw error;
    } finally {
      flights.delete(held.lease);
    }
  }

  async function readThrough<T>(read: CachedRead<T>): Promise<T> {
    const place = placeOf(read.slot);
    for (let waits = 0; waits <= WAITS; waits += 1) {
      const found = await look(link, place, read);
      if (found === undefined) break;
      if (found.view !== undefined) {
        counts.hits += 1;
        return found.view;
      }
      const held = await leases.claim(place);
      if (held === undefined) break;
      // Its lease still stands, so it began after whatever this caller changed before.
      const flight = held.isMine ? undefined : flights.get(held.lease);
      if (flight !== undefined) {
        counts.joined += 1;
        return flight as Promise<T>;
      }
      if (held.isMine) {
        const own = load(place, held, read);
        flights.set(held.lease, own);
        return own;
      }
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    counts.bypasses += 1;
    return read.load();
  }

  return { read: readThrough, drop: (drops) => drop(link, drops), counts: () => ({ ...counts }) };
}

interface Loaded extends Pick<Options, 'clock' | 'logger'> {
  readonly place: Place;
  readonly held: Lease;
  readonly view: unknown;
}

/** Stores what was loaded. True: it was dropped meanwhile, and so not kept. */
async function storeRefused(leases: Leases, { clock, logger, place, held, view }: Loaded): Promise<boolean> {
  const { definition } = place;
  const text = encodeValue(definition, specified(view), { epoch: held.epoch, nowMs: clock.now().getTime() });
  if (text !== undefined && text.length <= VALUE_LENGTH_MAX) return (await leases.store(place, held, text)) === 'refused';
  logger.warn({ key: definition.pattern, length: text?.length ?? null }, 'an answer does not fit its key in the cache');
  await leases.release(place, held);
  return false;
}

/** The answer that stands there, unless there is none, or none of this epoch, version and form. Undefined: the cache is away. */
function look<T>(link: CacheLink, { key, definition }: Place, read: CachedRead<T>): Promise<{ readonly view: T | undefined } | undefined> {
  return link.ask(async (redis) => {
    const [text = null, epoch = ''] = await redis.mget(definition.epoch === null ? [key] : [key, definition.epoch]);
    const value = epoch === null ? undefined : decodeValue(definition, text, epoch);
    return { view: value === undefined ? undefined : read.parse(ours(value)) };
  });
}

async function drop(link: CacheLink, { slots, families }: CacheDrops): Promise<void> {
  const keys = slots.map(placeOf).flatMap(({ key, lease }) => [key, lease]);
  const epochs = families.flatMap((family) => keysOfFamilies[family].epoch ?? []);
  await link.tell(async (redis) => {
    const pipeline = redis.pipeline();
    if (keys.length > 0) pipeline.del(keys);
    for (const epoch of epochs) pipeline.set(epoch, newId());
    for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
  });
}
