import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { Failure, handler, type PrepareContext, sessionIdOf, userIdOf } from '../platform/index.ts';
import { type EndedSessions, tellCache } from './ended-sessions.ts';
import { compareOwnPassword } from './own-password.ts';
import { askForCode, lockAccount } from './second-factor/require-code.ts';

interface Confirmed extends EndedSessions {
  readonly passwordHash: string;
  readonly token: string;
  readonly tokenHash: string;
  readonly idleSeconds: number;
  readonly ipAddress: string | null;
}

interface EndedRow {
  readonly session_token: string;
  readonly device_info: string | null;
  readonly expires_at: string;
  readonly left_seconds: number;
}

/**
 * A new session takes the place of the one that calls and lasts no longer than that would have: its beginning is when the password was
 * confirmed, and a token that was stolen before opens nothing after.
 */
export const confirmPasswordHandler = handler(identity.confirmPassword, {
  prepare: confirm,
  lock: lockAccount,
  async handle(ctx, { code }) {
    if (ctx.prepared === undefined) return ctx.refuse('INVALID_CREDENTIALS');
    const { passwordHash, token, tokenHash, idleSeconds, ipAddress } = ctx.prepared;
    const now = ctx.clock.now();
    const [ended] = await ctx.sql<EndedRow>`
      UPDATE user_sessions SET is_active = false WHERE id = ${sessionIdOf(ctx.actor)} AND is_active
      RETURNING session_token, device_info, to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at,
        ceil(extract(epoch FROM expires_at - ${now}::timestamptz))::int AS left_seconds`;
    // Of two at once one goes on: a session has one successor.
    if (ended === undefined || ended.left_seconds < 1) throw new Failure('UNAUTHENTICATED');
    const sessionId = newId();
    const [begun] = await ctx.sql<{ permissions: string[] | null }>`
      SELECT begin_session(${sessionId}, ${passwordHash}, ${tokenHash}, ${ended.device_info}, ${ipAddress}, ${now}, ${ended.left_seconds},
        ${idleSeconds}) AS permissions`;
    if (begun === undefined || begun.permissions === null) return ctx.refuse('INVALID_CREDENTIALS');
    await askForCode(ctx, userIdOf(ctx.actor), code);
    ctx.prepared.tokenHashes = [ended.session_token];
    ctx.note({ entityId: sessionId });
    return { token, expiresAt: ended.expires_at };
  },
  async committed({ sessions }, confirmed) {
    if (confirmed !== undefined) await tellCache(sessions, confirmed);
  },
});

async function confirm(context: PrepareContext, { password }: { readonly password: string }): Promise<Confirmed | undefined> {
  const own = await compareOwnPassword(context, password);
  if (own === undefined) return undefined;
  const { ports, origin } = context;
  const token = ports.tokens.issue();
  return {
    passwordHash: own.passwordHash,
    token,
    tokenHash: ports.tokens.hash(token),
    idleSeconds: ports.sessionLimits.idleSeconds,
    ipAddress: origin.ipAddress,
    tokenHashes: [],
  };
}
