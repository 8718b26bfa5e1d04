import { identity } from '@trii/contract';
import { handler, sessionIdOf, userIdOf } from '../../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from '../ended-sessions.ts';
import { lockAccount, replaceRecoveryCodes, requireCode } from './require-code.ts';

/** From the first code on the factor counts. Sessions that began without it end, but for the one that showed the code. */
export const confirmTotpHandler = handler(identity.confirmTotp, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  // As a sign-in takes it: one that began without the factor is either over by now, and its session ends below, or will look again.
  lock: lockAccount,
  async handle(ctx, { code }) {
    const userId = userIdOf(ctx.actor);
    const now = ctx.clock.now();
    const active = await ctx.sql`SELECT FROM totp_factors WHERE user_id = ${userId} AND confirmed_at IS NOT NULL`;
    if (active.length > 0) return ctx.refuse('SECOND_FACTOR_ACTIVE');
    await requireCode(ctx, code, true);
    await ctx.sql`UPDATE totp_factors SET confirmed_at = ${now} WHERE user_id = ${userId}`;
    const recoveryCodes = await replaceRecoveryCodes(ctx.sql, userId, now);
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, sessionIdOf(ctx.actor));
    ctx.note({ entityId: userId, newValues: { confirmed: true, endedSessions: ctx.prepared.tokenHashes.length } });
    return { recoveryCodes };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
