import { identity } from '@trii/contract';
import { handler, sessionIdOf, userIdOf } from '../../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from '../ended-sessions.ts';
import { lockAccount, requireCode } from './require-code.ts';

/** Takes the factor off by a code that still counts, so that a stolen session alone cannot. */
export const disableTotpHandler = handler(identity.disableTotp, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  lock: lockAccount,
  async handle(ctx, { code }) {
    const userId = userIdOf(ctx.actor);
    await requireCode(ctx, code);
    await ctx.sql`DELETE FROM recovery_codes WHERE user_id = ${userId}`;
    await ctx.sql`DELETE FROM totp_factors WHERE user_id = ${userId}`;
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, sessionIdOf(ctx.actor));
    ctx.note({ entityId: userId, newValues: { endedSessions: ctx.prepared.tokenHashes.length } });
    return { disabled: true as const };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
