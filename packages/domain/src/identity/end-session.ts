import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { type EndedSessions, endSession, tellCache } from './ended-sessions.ts';

/** Ends one of the caller's sessions, everywhere at once: no transaction begins for it from here on. */
export const endSessionHandler = handler(identity.endSession, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { sessionId }) {
    ctx.prepared.tokenHashes = await endSession(ctx.sql, sessionId);
    if (ctx.prepared.tokenHashes.length === 0) return ctx.refuse('NOT_FOUND');
    return { ended: true };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
