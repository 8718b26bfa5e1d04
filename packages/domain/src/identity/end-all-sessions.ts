import { identity } from '@trii/contract';
import { handler, sessionIdOf, userIdOf } from '../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from './ended-sessions.ts';

/** Ends the caller's sessions, all of them or all but the one that calls. */
export const endAllSessionsHandler = handler(identity.endAllSessions, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { which }) {
    const keptId = which === 'others' ? sessionIdOf(ctx.actor) : null;
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userIdOf(ctx.actor), keptId);
    const ended = ctx.prepared.tokenHashes.length;
    ctx.note({ newValues: { ended } });
    return { ended };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
