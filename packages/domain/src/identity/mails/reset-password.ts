import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { type EndedSessions, tellCache } from '../ended-sessions.ts';
import { assertHardToGuess } from '../weak-password.ts';
import { tokenHashOf } from './mail-token.ts';

interface NewPassword extends EndedSessions {
  readonly passwordHash: string;
}

/** Of two at once one wins; whoever held a session is out, and so is a key that they may have made. The password is hashed whatever the token, so that time tells nothing of it. */
export const resetPasswordHandler = handler(identity.resetPassword, {
  async prepare({ ports: { passwords } }, { newPassword }): Promise<NewPassword> {
    assertHardToGuess(passwords, { path: 'newPassword', password: newPassword, personal: [] });
    return { passwordHash: await passwords.hash(newPassword), tokenHashes: [] };
  },
  async handle(ctx, { token }) {
    const [row] = await ctx.sql<{ user_id: string; ended: string[]; revoked: string[] }>`
      SELECT user_id, ended, revoked FROM reset_password(${tokenHashOf(token)}, ${ctx.prepared.passwordHash}, ${ctx.clock.now()})`;
    if (row === undefined) return ctx.refuse('TOKEN_INVALID');
    const { user_id: entityId, ended, revoked } = row;
    ctx.prepared.tokenHashes = [...ended, ...revoked];
    const done = { endedSessions: ended.length, revokedKeys: revoked.length };
    ctx.note({ entityId, newValues: done });
    return done;
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});
