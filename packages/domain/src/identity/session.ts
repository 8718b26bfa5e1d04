import { type Clock, instant } from '@trii/kernel';
import { nobody, type Actor, type CachedSession, type SessionCache, type TransactionHost } from '../platform/index.ts';
import { knownPermissions } from './permissions.ts';

export interface SessionLookUp {
  /** Of the token that came with the call; the token itself goes no further than the door. */
  readonly tokenHash: string;
  readonly sessions: SessionCache;
  readonly transactions: Pick<TransactionHost, 'bulk'>;
  readonly clock: Clock;
}

interface SessionRow {
  readonly session_id: string;
  readonly user_id: string;
  readonly expires_at_ms: number;
  readonly permissions: string[];
  readonly created_at_ms: number;
}

/**
 * Whose session a token's hash is, for the doors: out of the cache, else out of the database and then kept in the cache. Undefined when there
 * is none, it was ended, it has expired, it was not used for too long, or its user is no longer active. The cache's word is good for an
 * investor's read; each transaction that writes, or is an operator's, looks itself whether the session still stands.
 */
export async function resolveSession({ tokenHash, sessions, transactions, clock }: SessionLookUp): Promise<Actor | undefined> {
  const nowMs = clock.now().getTime();
  const session = await sessions.find(tokenHash, async () => {
    const [row] = await transactions.bulk(
      nobody,
      ({ sql }) => sql<SessionRow>`
        SELECT session_id, user_id, (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms, permissions,
          (extract(epoch FROM created_at) * 1000)::float8 AS created_at_ms
        FROM resume_session(${tokenHash}, ${instant(nowMs)})`,
    );
    return row === undefined ? undefined : sessionOf(row, nowMs);
  });
  return session === undefined || session.expiresAt <= nowMs ? undefined : actorOf(session);
}

const sessionOf = (row: SessionRow, nowMs: number): CachedSession => ({
  sessionId: row.session_id,
  userId: row.user_id,
  expiresAt: row.expires_at_ms,
  permissions: knownPermissions(row.permissions),
  authenticatedAt: row.created_at_ms,
  lastActivity: nowMs,
});

const actorOf = ({ userId, sessionId, permissions, authenticatedAt }: CachedSession): Actor => ({
  kind: 'user',
  userId,
  sessionId,
  permissions,
  authenticatedAt,
});
