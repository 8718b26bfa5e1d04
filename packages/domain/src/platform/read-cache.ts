import type { AnyDeclaration, EventDeclaration, InputOf } from '@trii/contract';
import { invariant } from '@trii/kernel';
import type { DatabaseSession } from './transactions.ts';

/** Whose a family of cached answers is: a tenant's key carries the user's id, so that no key can lead past row-level security. */
export const cacheFamilies = { portfolio: 'tenant', quote: 'everyone' } as const;
export type CacheFamily = keyof typeof cacheFamilies;

/** Where one answer is kept. `userId` is null in families that belong to everyone. */
export interface CacheSlot {
  readonly family: CacheFamily;
  readonly userId: string | null;
  readonly id: string;
}

/** That a query may be answered out of the cache. How long, and under which key, says the home of the keys. */
export interface QueryCaching<D extends AnyDeclaration = AnyDeclaration> {
  readonly family: CacheFamily;
  /** The key's last segment; a tenant's user id is put before it by the executor, never by a handler. */
  id(input: InputOf<D>): string;
  /** Any event of this aggregate drops the answer whose id is the aggregate's. */
  readonly droppedBy?: string;
  /** Events that may change any answer of the family: all of it is dropped. */
  readonly emptiedBy?: readonly EventDeclaration[];
}

export interface CachedRead<T> {
  readonly slot: CacheSlot;
  /** Undefined for what is not, or no longer, an answer of this operation: a miss. */
  readonly parse: (kept: unknown) => T | undefined;
  readonly load: () => Promise<T>;
}

export interface CacheDrops {
  readonly slots: readonly CacheSlot[];
  readonly families: readonly CacheFamily[];
}

/** Answers kept for a short while. A cache that is away costs time, never an answer: neither method throws because of it. */
export interface ReadCache {
  /** The kept answer, else what `load` gives. Of all processes that ask at once one loads, as far as the cache can be reached. */
  read<T>(read: CachedRead<T>): Promise<T>;
  /** From here on, whoever begins to read gets what is true now; what was being loaded before is not kept. */
  drop(drops: CacheDrops): Promise<void>;
}

/** Which answers an event makes wrong: every caching query's own words, gathered. */
export interface CacheRules {
  readonly ofAggregate: ReadonlyMap<string, readonly CacheFamily[]>;
  readonly ofEvent: ReadonlyMap<string, readonly CacheFamily[]>;
}

/** What the executor and the relay need of the cache. */
export interface Caching {
  readonly store: ReadCache;
  readonly rules: CacheRules;
}

interface MayCache {
  readonly declaration: AnyDeclaration;
  readonly cache?: QueryCaching | undefined;
}

/** @throws InvariantError when two queries share a family: their answers would overwrite each other */
export function cacheRulesOf(areas: Readonly<Record<string, Readonly<Record<string, MayCache>>>>): CacheRules {
  const ofAggregate = new Map<string, CacheFamily[]>();
  const ofEvent = new Map<string, CacheFamily[]>();
  const seen = new Set<CacheFamily>();
  const add = (map: Map<string, CacheFamily[]>, name: string, family: CacheFamily) => map.set(name, [...(map.get(name) ?? []), family]);
  for (const { cache } of Object.values(areas).flatMap((area) => Object.values(area))) {
    if (cache === undefined) continue;
    invariant(!seen.has(cache.family), `one query keeps its answers in ${cache.family}`);
    seen.add(cache.family);
    if (cache.droppedBy !== undefined) add(ofAggregate, cache.droppedBy, cache.family);
    for (const { name } of cache.emptiedBy ?? []) add(ofEvent, name, cache.family);
  }
  return { ofAggregate, ofEvent };
}

/** An event, as far as the cache cares. */
interface Happened {
  readonly name: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly userId: string | null;
}

export function dropsOf(rules: CacheRules, events: readonly Happened[]): CacheDrops {
  const slots = new Map<string, CacheSlot>();
  const families = new Set<CacheFamily>();
  for (const { name, aggregateType, aggregateId, userId } of events) {
    for (const family of rules.ofEvent.get(name) ?? []) families.add(family);
    for (const family of rules.ofAggregate.get(aggregateType) ?? []) {
      // An event of a tenant's aggregate that names no tenant leaves no key to drop: all goes, rather than one stays wrong.
      if (cacheFamilies[family] === 'tenant' && userId === null) families.add(family);
      else slots.set(`${family} ${aggregateId}`, { family, userId: cacheFamilies[family] === 'tenant' ? userId : null, id: aggregateId });
    }
  }
  return { slots: [...slots.values()], families: [...families] };
}

/** After the commit of what the events speak of. */
export async function dropAfter(caching: Caching | undefined, events: readonly Happened[]): Promise<void> {
  if (caching === undefined || events.length === 0) return;
  const drops = dropsOf(caching.rules, events);
  if (drops.slots.length + drops.families.length > 0) await caching.store.drop(drops);
}

/** The user id comes from the session that the executor authorised, so a handler cannot name another's. */
export function slotOf<D extends AnyDeclaration>(cache: QueryCaching<D>, session: DatabaseSession, input: InputOf<D>): CacheSlot {
  const { family } = cache;
  if (cacheFamilies[family] === 'everyone') return { family, userId: null, id: cache.id(input) };
  invariant(session.role === 'authenticated_user' && session.userId !== null, `${family} is kept for investors only`);
  return { family, userId: session.userId, id: cache.id(input) };
}

/** @throws InvariantError for a query that must not be cached: every read of personal data leaves an audit row */
export function assertCacheable({ name, pii, access }: AnyDeclaration, { family }: QueryCaching): void {
  invariant(!pii, `${name} reads personal data: it cannot be cached`);
  invariant(access.to === 'investor', `${name} is not for investors: ${family} cannot be cached for it`);
}
