import { identity } from '@trii/contract';
import { actorKey, handler } from '../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from './ended-sessions.ts';

/** Grants and takes an operator's rights. What a session permits was computed when it began, so those there are end. */
export const setOperatorScopesHandler = handler(identity.setOperatorScopes, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { userId, scopes }) {
    if (actorKey(ctx.actor) === `user:${userId}`) return ctx.refuse('FORBIDDEN');
    const granted = [...new Set(scopes)];
    const [row] = await ctx.sql<{ before: string[] | null }>`SELECT set_operator_scopes(${userId}, ${granted}) AS before`;
    const before = row?.before ?? null;
    if (before === null) return ctx.refuse('NOT_FOUND');
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, null);
    ctx.note({ oldValues: { scopes: before }, newValues: { scopes: granted } });
    return { scopes: granted, endedSessions: ctx.prepared.tokenHashes.length };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
