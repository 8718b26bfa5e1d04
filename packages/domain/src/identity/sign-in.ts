import { identity } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { handler, type Permission, type PrepareContext } from '../platform/index.ts';
import { permissionsAtSignIn } from './permissions.ts';

const SESSION_MS = 24 * 60 * 60 * 1000;

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
    const { userId, sessionId, token, tokenHash, permissions, ipAddress } = ctx.prepared;
    const now = ctx.clock.now();
    const expiresAt = instant(now.getTime() + SESSION_MS);
    await ctx.sql`INSERT INTO user_sessions (id, user_id, session_token, device_info, ip_address, created_at, expires_at, permissions)
      VALUES (${sessionId}, ${userId}, ${tokenHash}, ${input.deviceInfo ?? null}, ${ipAddress}, ${now}, ${expiresAt}, ${permissions})`;
    await ctx.sql`UPDATE users SET last_login_at = ${now} WHERE id = ${userId}`;
    ctx.note({ entityId: sessionId });
    return { token, expiresAt: expiresAt.toISOString(), userId, permissions: [...permissions] };
  },
});

async function verify(
  { ports, origin, read }: PrepareContext,
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
  };
}
