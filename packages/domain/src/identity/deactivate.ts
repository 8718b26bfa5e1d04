import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from './ended-sessions.ts';

/** Closes an account for now. Its sessions end in the same transaction, so that none is left that began before. */
export const deactivateHandler = handler(identity.deactivate, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { userId, reason }) {
    const [user] = await ctx.sql`UPDATE users SET is_active = false, updated_at = now() WHERE id = ${userId} RETURNING id`;
    if (user === undefined) return ctx.refuse('NOT_FOUND');
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, null);
    const endedSessions = ctx.prepared.tokenHashes.length;
    ctx.note({ newValues: { isActive: false, reason, endedSessions } });
    return { isActive: false as const, endedSessions };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});

/** Opens it again; of somebody erased there is nothing to open. */
export const reactivateHandler = handler(identity.reactivate, async (ctx, { userId, reason }) => {
  const [user] = await ctx.sql<{ is_erased: boolean }>`
    SELECT EXISTS (SELECT FROM person_keys k WHERE k.user_id = u.id AND k.destroyed_at IS NOT NULL) AS is_erased
    FROM users u WHERE u.id = ${userId} FOR UPDATE`;
  if (user === undefined) return ctx.refuse('NOT_FOUND');
  if (user.is_erased) return ctx.refuse('PERSON_ERASED');
  await ctx.sql`UPDATE users SET is_active = true, updated_at = now() WHERE id = ${userId}`;
  ctx.note({ newValues: { isActive: true, reason } });
  return { isActive: true as const };
});
