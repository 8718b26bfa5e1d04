import { identity } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { handler, type Permission, type PrepareContext, type SessionLimits } from '../platform/index.ts';
import { type EndedSessions, endSession, tellCache } from './ended-sessions.ts';
import { knownPermissions, permissionsAtSignIn } from './permissions.ts';

interface AccountRow {
  readonly user_id: string;
  readonly password_hash: string;
  readonly is_active: boolean;
  readonly operator_scopes: string[];
}

interface VerifiedSignIn {
  readonly userId: string;
  readonly sessionId: string;
  readonly token: string;
  readonly tokenHash: string;
  readonly permissions: readonly Permission[];
  readonly ipAddress: string | null;
  readonly limits: SessionLimits;
  /** Came with the call and is of the same person: the new session takes its place. */
  readonly replacedId: string | undefined;
  readonly ended: EndedSessions;
}

/**
 * Exchanges e-mail address and password for a token that is shown once; only its hash is kept. A wrong password, an unknown address and an
 * inactive account are refused alike, after the same work.
 */
export const signInHandler = handler(identity.signIn, {
  prepare: verify,
  actAs: (verified) =>
    verified === undefined
      ? undefined
      : { kind: 'user', userId: verified.userId, sessionId: verified.sessionId, permissions: verified.permissions },
  async handle(ctx, input) {
    if (ctx.prepared === undefined) return ctx.refuse('INVALID_CREDENTIALS');
    const { userId, sessionId, token, tokenHash, ipAddress, limits, replacedId, ended } = ctx.prepared;
    const now = ctx.clock.now();
    const expiresAt = instant(now.getTime() + limits.lifetimeSeconds * 1000);
    const [begun] = await ctx.sql<{
      permissions: string[];
    }>`SELECT begin_session(${sessionId}, ${tokenHash}, ${input.deviceInfo ?? null}, ${ipAddress},
      ${now}, ${limits.lifetimeSeconds}, ${limits.idleSeconds}) AS permissions`;
    ended.tokenHashes = replacedId === undefined ? [] : await endSession(ctx.sql, replacedId);
    await ctx.sql`UPDATE users SET last_login_at = ${now} WHERE id = ${userId}`;
    ctx.note({ entityId: sessionId });
    return { token, expiresAt: expiresAt.toISOString(), userId, permissions: knownPermissions(begun?.permissions ?? []) };
  },
  async committed({ sessions }, verified) {
    if (verified !== undefined) await tellCache(sessions, verified.ended);
  },
});

async function verify(
  { ports, origin, read, actor }: PrepareContext,
  input: { readonly email: string; readonly password: string },
): Promise<VerifiedSignIn | undefined> {
  const [account] = await read(
    (sql) => sql<AccountRow>`SELECT user_id, password_hash, is_active, operator_scopes FROM sign_in_lookup(${input.email})`,
  );
  const matches = await ports.passwords.verify(input.password, account?.password_hash ?? null);
  if (!matches || !account?.is_active) return undefined;
  const token = ports.tokens.issue();
  return {
    userId: account.user_id,
    sessionId: newId(),
    token,
    tokenHash: ports.tokens.hash(token),
    permissions: permissionsAtSignIn(account.operator_scopes),
    ipAddress: origin.ipAddress,
    limits: ports.sessionLimits,
    replacedId: actor.kind === 'user' && actor.userId === account.user_id ? actor.sessionId : undefined,
    ended: { tokenHashes: [] },
  };
}
