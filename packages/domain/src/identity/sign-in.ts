import { identity } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { type DataKey, Failure, handler, type Permission, type PrepareContext, type SessionLimits } from '../platform/index.ts';
import { type EndedSessions, endSession, tellCache } from './ended-sessions.ts';
import { knownPermissions, permissionsAtSignIn } from './permissions.ts';
import { askForCode, lockAccount } from './second-factor/require-code.ts';
import { type KeyRow, wrappedOf } from './wrapped-keys.ts';

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
  /** The one that the password was compared with. */
  readonly passwordHash: string;
  /** What takes its place when its parameters are no longer ours. */
  readonly upgradedHash: string | undefined;
  /** Opens the secret of their second factor, if they have one. */
  readonly dataKey: DataKey | undefined;
  /** Counted as failed until the whole sign-in has gone well, the code included. */
  readonly tried: { readonly email: string; readonly ipAddress: string | null };
}

/**
 * Exchanges e-mail address and password for a token that is shown once; only its hash is kept. A wrong password, an unknown address and an
 * inactive account are refused alike, after the same work; after some of these, whoever comes too early is told to wait.
 * @throws Failure RATE_LIMITED with `retryAfterMs`
 */
export const signInHandler = handler(identity.signIn, {
  prepare: verify,
  actAs: (verified) =>
    verified === undefined
      ? undefined
      : { kind: 'user', userId: verified.userId, sessionId: verified.sessionId, permissions: verified.permissions },
  issued: (verified) => verified?.dataKey,
  lock: lockAccount,
  async handle(ctx, input) {
    if (ctx.prepared === undefined) return ctx.refuse('INVALID_CREDENTIALS');
    const { userId, sessionId, token, tokenHash, ipAddress, limits, replacedId, ended, passwordHash, upgradedHash } = ctx.prepared;
    const now = ctx.clock.now();
    const expiresAt = instant(now.getTime() + limits.lifetimeSeconds * 1000);
    const [begun] = await ctx.sql<{ permissions: string[] | null }>`
      SELECT begin_session(${sessionId}, ${passwordHash}, ${tokenHash}, ${input.deviceInfo ?? null}, ${ipAddress}, ${now},
        ${limits.lifetimeSeconds}, ${limits.idleSeconds}) AS permissions`;
    // The password was changed, or the account closed, while it was compared.
    if (begun === undefined || begun.permissions === null) return ctx.refuse('INVALID_CREDENTIALS');
    // Under the lock of the account, which confirming a second factor takes too: none comes to count between the two.
    if (ctx.prepared.dataKey !== undefined) await askForCode(ctx, userId, input.code);
    else if ((await ctx.sql`SELECT FROM totp_factors WHERE user_id = ${userId} AND confirmed_at IS NOT NULL`).length > 0)
      throw new Failure('CONFLICT_RETRY');
    const permissions = knownPermissions(begun.permissions);
    if (upgradedHash !== undefined) await ctx.sql`SELECT replace_password_hash(${passwordHash}, ${upgradedHash})`;
    ended.tokenHashes = replacedId === undefined ? [] : await endSession(ctx.sql, replacedId);
    await ctx.sql`UPDATE users SET last_login_at = ${now} WHERE id = ${userId}`;
    ctx.note({ entityId: sessionId });
    return { token, expiresAt: expiresAt.toISOString(), userId, permissions };
  },
  async committed({ sessions, throttle }, verified) {
    if (verified === undefined) return;
    await throttle.succeeded(verified.tried.email, verified.tried.ipAddress);
    await tellCache(sessions, verified.ended);
  },
});

async function verify(
  { ports, origin, read, actor }: PrepareContext,
  input: { readonly email: string; readonly password: string },
): Promise<VerifiedSignIn | undefined> {
  const retryAfterMs = await ports.throttle.begin(input.email, origin.ipAddress);
  // Before anything is compared: neither the answer nor its time tells whether the password would have been right.
  if (retryAfterMs > 0) throw new Failure('RATE_LIMITED', { retryAfterMs });
  const [account] = await read(
    (sql) => sql<AccountRow>`SELECT user_id, password_hash, is_active, operator_scopes FROM sign_in_lookup(${input.email})`,
  );
  const matches = await ports.passwords.verify(input.password, account?.password_hash ?? null);
  if (!matches || !account?.is_active) return undefined;
  const [wrapped] = await read(
    (sql) => sql<Omit<KeyRow, 'user_id'>>`SELECT key_id, wrapped_key, master_key_id FROM second_factor_key(${account.user_id})`,
  );
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
    passwordHash: account.password_hash,
    dataKey: wrapped === undefined ? undefined : await ports.vault.unwrap(account.user_id, wrappedOf(wrapped)),
    tried: { email: input.email, ipAddress: origin.ipAddress },
    upgradedHash: ports.passwords.isOutdated(account.password_hash) ? await ports.passwords.hash(input.password) : undefined,
  };
}
