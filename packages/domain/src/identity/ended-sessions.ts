import type { SessionCache, Sql } from '../platform/index.ts';

/** What a command ended: the handler notes it here, and the cache is told after the commit. */
export interface EndedSessions {
  tokenHashes: string[];
}

interface EndedRow {
  readonly session_token: string;
}

const hashesOf = (rows: readonly EndedRow[]): string[] => rows.map(({ session_token: tokenHash }) => tokenHash);

/** One session of the caller's; none when it was ended before or is not theirs. */
export async function endSession(sql: Sql, sessionId: string): Promise<string[]> {
  return hashesOf(
    await sql<EndedRow>`UPDATE user_sessions SET is_active = false WHERE id = ${sessionId} AND is_active RETURNING session_token`,
  );
}

/** All of one person, but for the one that is kept. */
export async function endSessionsOf(sql: Sql, userId: string, keptId: string | null): Promise<string[]> {
  return hashesOf(
    await sql<EndedRow>`UPDATE user_sessions SET is_active = false
      WHERE user_id = ${userId} AND is_active AND expires_at > now() AND id IS DISTINCT FROM ${keptId}::uuid RETURNING session_token`,
  );
}

/** So that investors' reads end with them, which believe the cache; every other transaction looks into the database by itself. */
export async function tellCache(sessions: SessionCache, { tokenHashes }: EndedSessions): Promise<void> {
  await Promise.all(tokenHashes.map((tokenHash) => sessions.end(tokenHash)));
}
