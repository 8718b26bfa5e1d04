import { identity } from '@trii/contract';
import { handler, type PrepareContext, sessionIdOf, userIdOf } from '../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from './ended-sessions.ts';
import { compareOwnPassword } from './own-password.ts';
import { assertHardToGuess } from './weak-password.ts';

interface Change extends EndedSessions {
  readonly oldHash: string;
  readonly newHash: string;
}

/** Needs the current password, and ends all other sessions: whoever had the old password is out. */
export const changePasswordHandler = handler(identity.changePassword, {
  prepare,
  async handle(ctx) {
    if (ctx.prepared === undefined) return ctx.refuse('INVALID_CREDENTIALS');
    const { oldHash, newHash } = ctx.prepared;
    // Of two changes at once the later finds another hash than it compared with.
    const [row] = await ctx.sql<{ replaced: boolean }>`SELECT replace_password_hash(${oldHash}, ${newHash}) AS replaced`;
    if (row?.replaced !== true) return ctx.refuse('INVALID_CREDENTIALS');
    const userId = userIdOf(ctx.actor);
    ctx.prepared.tokenHashes = await endSessionsOf(ctx.sql, userId, sessionIdOf(ctx.actor));
    const endedSessions = ctx.prepared.tokenHashes.length;
    ctx.note({ entityId: userId, newValues: { endedSessions } });
    return { endedSessions };
  },
  async committed({ sessions }, change) {
    if (change !== undefined) await tellCache(sessions, change);
  },
});

async function prepare(
  context: PrepareContext,
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Change | undefined> {
  const own = await compareOwnPassword(context, currentPassword);
  if (own === undefined) return undefined;
  const { passwords } = context.ports;
  assertHardToGuess(passwords, { path: 'newPassword', password: newPassword, personal: [own.email] });
  return { oldHash: own.passwordHash, newHash: await passwords.hash(newPassword), tokenHashes: [] };
}
