import { identity } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { Failure, handler, sessionIdOf, userIdOf } from '../../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from '../ended-sessions.ts';
import { tokenHashOf } from './mail-token.ts';
import { newMail } from './queue-mail.ts';

const LIFETIME_MS = 3_600_000;
const AGAIN_AFTER_MS = 3_600_000;

/** Says to nobody whether the new address is somebody's: same answer, same audit row, one mail either way. */
export const requestEmailChangeHandler = handler(identity.requestEmailChange, {
  prepare: ({ ports }) => newMail(ports.vault),
  async handle(ctx, { newEmail }) {
    const { mailId, tokenHash } = ctx.prepared;
    const at = ctx.clock.now();
    const [own] = await ctx.sql<{ email: string }>`SELECT email FROM users WHERE id = ${userIdOf(ctx.actor)}`;
    if (own?.email.toLowerCase() === newEmail)
      throw new Failure('INVALID_INPUT', { issues: [{ path: 'newEmail', problem: 'another address than your own' }] });
    const [row] = await ctx.sql<{ accepted: boolean }>`
      SELECT request_email_change(${newEmail}, ${tokenHash}, ${mailId}, ${newId()}, ${newId()}, ${newId()}, ${at}, ${instant(at.getTime() + LIFETIME_MS)}) AS accepted`;
    if (row?.accepted !== true) return ctx.refuse('RATE_LIMITED', { retryAfterMs: AGAIN_AFTER_MS });
    return { accepted: true as const };
  },
});

/** By the session of the account and a token of the new mailbox together: neither whoever mistyped address it is, nor a stolen session, is enough. */
export const confirmEmailChangeHandler = handler(identity.confirmEmailChange, {
  prepare: (): Promise<EndedSessions> => Promise.resolve({ tokenHashes: [] }),
  async handle(ctx, { token }) {
    const [row] = await ctx.sql<{ changed: boolean }>`
      SELECT confirm_email_change(${tokenHashOf(token)}, ${newId()}, ${newId()}, ${ctx.clock.now()}) AS changed`;
    if (row?.changed !== true) return ctx.refuse('TOKEN_INVALID');
    const userId = userIdOf(ctx.actor);
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, sessionIdOf(ctx.actor));
    const endedSessions = ctx.prepared.tokenHashes.length;
    ctx.note({ entityId: userId, newValues: { emailChanged: true, endedSessions } });
    return { endedSessions };
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
