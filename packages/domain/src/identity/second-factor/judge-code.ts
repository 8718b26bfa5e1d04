import type { Sql } from '../../platform/index.ts';
import { plainCode, recoveryCodeHash, stepOf } from './one-time-code.ts';

export interface GivenCode {
  readonly userId: string;
  readonly code: string | undefined;
  readonly now: Date;
  /** One that is just being enrolled has shown no code yet. */
  readonly isNew?: boolean;
}

/** `none`: there is no such factor. `wrong` is also a code that was used before. */
export type Verdict =
  | { readonly is: 'none' | 'missing' | 'right' | 'wrong' }
  /** Beyond the free mistakes: so long until a code of the authenticator is looked at again. Recovery codes always are. */
  | { readonly is: 'early'; readonly retryAfterMs: number };

interface FactorRow {
  readonly secret: string;
  readonly last_used_step: string | null;
  readonly failed_attempts: number;
  readonly failed_at_ms: number | null;
}

const FREE_MISTAKES = 5;
const FIRST_DELAY_MS = 1_000;
const DELAY_MAX_MS = 15 * 60_000;

/**
 * Looks at a code in the transaction of its owner, which holds their data key, under the lock of the factor: of two calls with one code one wins.
 * Mistakes are counted by the factor itself, whatever address they come from; only who knows the password gets as far as to make one.
 */
export async function judgeCode(sql: Sql, { userId, code, now, isNew = false }: GivenCode): Promise<Verdict> {
  const [factor] = await sql<FactorRow>`
    SELECT decrypt_pii(secret_enc) AS secret, last_used_step, failed_attempts, (extract(epoch FROM last_failed_at) * 1000)::float8 AS failed_at_ms
    FROM totp_factors WHERE user_id = ${userId} AND (confirmed_at IS NULL) = ${isNew} FOR UPDATE`;
  if (factor === undefined) return { is: 'none' };
  if (code === undefined) return { is: 'missing' };
  const plain = plainCode(code);
  if (!/^\d{6}$/.test(plain)) return { is: !isNew && (await spendRecoveryCode(sql, { userId, plain, now })) ? 'right' : 'wrong' };
  const retryAfterMs = waitOf(factor, now.getTime());
  if (retryAfterMs > 0) return { is: 'early', retryAfterMs };
  const step = stepOf(factor.secret, plain, now.getTime());
  if (step === undefined || step <= Number(factor.last_used_step ?? -1)) return { is: 'wrong' };
  await sql`UPDATE totp_factors SET last_used_step = ${step}, failed_attempts = 0, last_failed_at = NULL WHERE user_id = ${userId}`;
  return { is: 'right' };
}

/** To be recorded beside the refusal: a mistake counts although nothing else of the call does. */
export const countMistake =
  (userId: string, now: Date) =>
  (sql: Sql): Promise<unknown> =>
    sql`UPDATE totp_factors SET failed_attempts = failed_attempts + 1, last_failed_at = ${now} WHERE user_id = ${userId}`;

async function spendRecoveryCode(
  sql: Sql,
  { userId, plain, now }: { readonly userId: string; readonly plain: string; readonly now: Date },
): Promise<boolean> {
  const spent = await sql`UPDATE recovery_codes SET used_at = ${now}
    WHERE user_id = ${userId} AND code_hash = ${recoveryCodeHash(plain)} AND used_at IS NULL RETURNING id`;
  return spent.length > 0;
}

/** Doubles with each mistake beyond the free ones: 1 s, 2 s, 4 s, to a quarter of an hour. */
function waitOf({ failed_attempts: failed, failed_at_ms: failedAtMs }: FactorRow, nowMs: number): number {
  if (failed < FREE_MISTAKES || failedAtMs === null) return 0;
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(failed - FREE_MISTAKES, 30), DELAY_MAX_MS);
  return Math.max(0, Math.ceil(failedAtMs + delayMs - nowMs));
}
