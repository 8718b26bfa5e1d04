import { Failure, type CachedSession, type Logger, type SessionCache } from '@trii/domain';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** `session:{hash}` lives as long as a session may: 24 hours. */
const TTL_SECONDS = 24 * 60 * 60;
const ENDED = 'ended';

/** The value as the specification writes it; anything else (an older version) is a miss. */
const SessionValue = z.object({
  session_id: z.uuid(),
  user_id: z.uuid(),
  expires_at: z.number(),
  permissions: z.array(z.enum(['read', 'write', 'trade', 'operate'])),
  last_activity: z.number(),
});

const keyOf = (tokenHash: string): string => `session:${tokenHash}`;

/** A cache that is away is a miss with a warning, since PostgreSQL holds the truth; only ending a session insists. */
export function redisSessionCache(redis: Redis, logger: Logger): SessionCache {
  return {
    async find(tokenHash) {
      const text = await redis.get(keyOf(tokenHash)).catch((error: unknown) => {
        logger.warn({ error }, 'the session cache is away; reading sessions from the database');
        return null;
      });
      if (text === null) return undefined;
      return text === ENDED ? ENDED : sessionOf(text);
    },
    async keep(tokenHash, session) {
      const value = {
        session_id: session.sessionId,
        user_id: session.userId,
        expires_at: session.expiresAt,
        permissions: session.permissions,
        last_activity: session.lastActivity,
      };
      // NX: a session that was ended meanwhile stays ended.
      await redis.set(keyOf(tokenHash), JSON.stringify(value), 'EX', TTL_SECONDS, 'NX').catch((error: unknown) => {
        logger.warn({ error }, 'the session cache is away; a session was not cached');
      });
    },
    async end(tokenHash) {
      await redis.set(keyOf(tokenHash), ENDED, 'EX', TTL_SECONDS).catch((cause: unknown) => {
        throw new Failure('UNAVAILABLE', { part: 'session cache' }, cause);
      });
    },
  };
}

function sessionOf(text: string): CachedSession | undefined {
  const parsed = SessionValue.safeParse(safeJson(text));
  if (!parsed.success) return undefined;
  const value = parsed.data;
  return {
    sessionId: value.session_id,
    userId: value.user_id,
    expiresAt: value.expires_at,
    permissions: value.permissions,
    lastActivity: value.last_activity,
  };
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
