import { identity } from '@trii/contract';
import { actorKey, handler } from '../../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from '../ended-sessions.ts';

/** For who has lost device and codes. Sessions end: whoever holds one may be why the owner asks. Operators do it for others, never for themselves. */
export const resetSecondFactorHandler = handler(identity.resetSecondFactor, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { userId, reason }) {
    if (actorKey(ctx.actor) === `user:${userId}`) return ctx.refuse('FORBIDDEN');
    const [user] = await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
    if (user === undefined) return ctx.refuse('NOT_FOUND');
    const [row] = await ctx.sql<{ was_active: boolean }>`SELECT reset_second_factor(${userId}) AS was_active`;
    const wasActive = row?.was_active === true;
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, null);
    ctx.note({ oldValues: { wasActive }, newValues: { reason, endedSessions: ctx.prepared.tokenHashes.length } });
    return { wasActive };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
