import { setTimeout as sleep } from 'node:timers/promises';
import type { CachedSession, SessionCache } from '@trii/domain';
import { newId, type Clock } from '@trii/kernel';
import { z } from 'zod';
import type { CacheLink } from './cache-link.ts';
import { keyOf, sessionKey } from './keys.ts';
import { decodeValue, encodeValue } from './stored-value.ts';

const ENDED = 'ended';
/** What the database said of a session is believed this long after it was asked. */
const LEASE_MS = 1_000;
/** By so much may the clocks of two processes differ. */
const SKEW_MS = 1_000;

// Only into the epoch in which the look-up began, and never over the mark of a session that was ended meanwhile.
const KEEP = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] or redis.call('GET', KEYS[1]) == ARGV[4] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/**
 * `session:{hash}`. A cache that is away, or has lost everything, costs a look-up in PostgreSQL, which holds the truth. What it holds is a lease
 * (Gray and Cheriton, Leases, SOSP 1989): who ends a session marks it, or, cut off from the cache, waits until no process believes it any more.
 * So the next call after the answer fails, everywhere.
 */
export function redisSessionCache(link: CacheLink, clock: Clock): SessionCache {
  const { epoch: epochKey, ttlMs } = sessionKey;

  async function keep(
    key: string,
    session: CachedSession,
    { epoch, nowMs }: { readonly epoch: string; readonly nowMs: number },
  ): Promise<void> {
    const text = encodeValue(sessionKey, valueOf(session), { epoch, nowMs });
    if (text === undefined) return;
    await link.ask(async (redis) => z.int().parse(await redis.eval(KEEP, 2, key, epochKey, epoch, text, ttlMs, ENDED)));
  }

  return {
    async find(tokenHash, lookUp) {
      const key = keyOf(sessionKey, { hash: tokenHash });
      // The lease runs from before the database is asked: it may end the session right after it answered.
      const nowMs = clock.now().getTime();
      const [text = null, found = null] = (await link.ask((redis) => redis.mget(key, epochKey))) ?? [];
      if (text === ENDED) return undefined;
      const value = found === null ? undefined : decodeValue(sessionKey, text, found);
      const age = value === undefined ? Infinity : nowMs - value.last_updated;
      if (value !== undefined && age >= 0 && age < LEASE_MS) return sessionOf(value);
      const epoch = found ?? (await begin(link, epochKey));
      const session = await lookUp();
      if (session !== undefined && epoch !== undefined) await keep(key, session, { epoch, nowMs });
      return session;
    },
    async end(tokenHash) {
      const isTold = await link.tell((redis) => redis.set(keyOf(sessionKey, { hash: tokenHash }), ENDED, 'PX', ttlMs));
      if (!isTold) await sleep(LEASE_MS + SKEW_MS);
    },
  };
}

/** An epoch that Redis has lost. Undefined: the cache is away. */
async function begin(link: CacheLink, epochKey: string): Promise<string | undefined> {
  const epoch = newId();
  const isSet = await link.ask((redis) => redis.set(epochKey, epoch, 'NX'));
  return isSet === 'OK' ? epoch : undefined;
}

const valueOf = ({ sessionId, userId, expiresAt, permissions, authenticatedAt, lastActivity }: CachedSession) => ({
  session_id: sessionId,
  user_id: userId,
  expires_at: Math.floor(expiresAt),
  permissions,
  authenticated_at: Math.floor(authenticatedAt),
  last_activity: lastActivity,
});

const sessionOf = (value: z.output<typeof sessionKey.value>): CachedSession => ({
  sessionId: value.session_id,
  userId: value.user_id,
  expiresAt: value.expires_at,
  permissions: value.permissions,
  authenticatedAt: value.authenticated_at,
  lastActivity: value.last_activity,
});
