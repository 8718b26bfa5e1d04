import { identity } from '@trii/contract';
import { handler, sessionIdOf } from '../platform/index.ts';
import { type EndedSessions, endSession, tellCache } from './ended-sessions.ts';

/** Ends the session that made the call: for good in the database, then in the cache, which need not be there for that. */
export const signOutHandler = handler(identity.signOut, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx) {
    const sessionId = sessionIdOf(ctx.actor);
    ctx.prepared.tokenHashes = await endSession(ctx.sql, sessionId);
    ctx.note({ entityId: sessionId });
    return { ended: ctx.prepared.tokenHashes.length > 0 };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
