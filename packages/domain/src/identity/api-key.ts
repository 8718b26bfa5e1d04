import { instant } from '@trii/kernel';
import { nobody, type Actor, type TransactionHost } from '../platform/index.ts';
import { knownPermissions } from './permissions.ts';
import type { SessionLookUp } from './session.ts';

interface ApiKeyLookUp extends Omit<SessionLookUp, 'transactions'> {
  readonly transactions: Pick<TransactionHost, 'bulk'>;
}

interface KeyRow {
  readonly key_id: string;
  readonly user_id: string;
  readonly expires_at_ms: number;
  readonly permissions: string[];
}

/**
 * Whose key a hash is, for the doors: out of the same cache as sessions, else out of the database, which notes that the key was used. Undefined
 * when there is none, it was revoked, it has expired, or its owner is no longer active.
 */
export async function resolveApiKey({ tokenHash, sessions, transactions, clock }: ApiKeyLookUp): Promise<Actor | undefined> {
  const nowMs = clock.now().getTime();
  const key = await sessions.find(tokenHash, async () => {
    const [row] = await transactions.bulk(
      nobody,
      ({ sql }) => sql<KeyRow>`
        SELECT key_id, user_id, (extract(epoch FROM expires_at) * 1000)::float8 AS expires_at_ms, permissions FROM use_api_key(${tokenHash}, ${instant(nowMs)})`,
    );
    if (row === undefined) return undefined;
    const { key_id: sessionId, user_id: userId, expires_at_ms: expiresAt } = row;
    return { sessionId, userId, expiresAt, permissions: knownPermissions(row.permissions), authenticatedAt: 0, lastActivity: nowMs };
  });
  if (key === undefined || key.expiresAt <= nowMs) return undefined;
  // No program proves who its owner is: what asks for that (`stepUp`) it may not.
  const { sessionId, userId, permissions } = key;
  return { kind: 'user', userId, sessionId, permissions, apiKeyId: sessionId };
}
