import { identity } from '@trii/contract';
import { Failure, handler, type PrepareContext, sessionIdOf, userIdOf } from '../platform/index.ts';
import { type EndedSessions, endSessionsOf, tellCache } from './ended-sessions.ts';
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
  { ports, actor, origin, read, readAsNobody }: PrepareContext,
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Change | undefined> {
  const [user] = await read((sql) => sql<{ email: string }>`SELECT email FROM users WHERE id = ${userIdOf(actor)}`);
  const email = user?.email ?? '';
  const retryAfterMs = await ports.throttle.begin(email, origin.ipAddress);
  if (retryAfterMs > 0) throw new Failure('RATE_LIMITED', { retryAfterMs });
  // The investor's own role may not read a password hash, not even theirs.
  const [account] = await readAsNobody((sql) => sql<{ password_hash: string }>`SELECT password_hash FROM sign_in_lookup(${email})`);
  const oldHash = account?.password_hash ?? null;
  if (!(await ports.passwords.verify(currentPassword, oldHash)) || oldHash === null) return undefined;
  await ports.throttle.succeeded(email, origin.ipAddress);
  assertHardToGuess(ports.passwords, { path: 'newPassword', password: newPassword, personal: [email] });
  return { oldHash, newHash: await ports.passwords.hash(newPassword), tokenHashes: [] };
}
