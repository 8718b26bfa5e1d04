import { newId } from '@trii/kernel';
import { type CommandContext, type Sql, userIdOf } from '../../platform/index.ts';
import { countMistake, judgeCode } from './judge-code.ts';
import { newRecoveryCodes, recoveryCodeHash } from './one-time-code.ts';

type Refuse<Code> = (code: Code, details?: Record<string, unknown>) => never;
type Context<Code> = Pick<CommandContext, 'sql' | 'clock' | 'record'> & { readonly refuse: Refuse<Code> };

/**
 * Of the account: for every command that judges a code, by its `lock`. A mistake is counted after the refusal has undone the rest; whoever guesses at
 * the same moment waits until it is, and is judged by it.
 */
export const lockAccount = (sql: Sql, userId: string): Promise<unknown> => sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;

/** Goes on with a code that counts, or where no factor does; refuses otherwise. In a transaction that holds the person's data key. */
export async function askForCode(
  ctx: Context<'SECOND_FACTOR_REQUIRED' | 'INVALID_CODE' | 'RATE_LIMITED'>,
  userId: string,
  code: string | undefined,
): Promise<void> {
  const now = ctx.clock.now();
  const verdict = await judgeCode(ctx.sql, { userId, code, now });
  if (verdict.is === 'missing') return ctx.refuse('SECOND_FACTOR_REQUIRED');
  if (verdict.is === 'early') return ctx.refuse('RATE_LIMITED', { retryAfterMs: verdict.retryAfterMs });
  if (verdict.is !== 'wrong') return;
  ctx.record(countMistake(userId, now));
  ctx.refuse('INVALID_CODE');
}

/** Goes on with a code that counts, and refuses otherwise. */
export async function requireCode(
  ctx: Context<'NOT_FOUND' | 'INVALID_CODE' | 'RATE_LIMITED'> & Pick<CommandContext, 'actor'>,
  code: string,
  isNew = false,
): Promise<void> {
  const userId = userIdOf(ctx.actor);
  const now = ctx.clock.now();
  const verdict = await judgeCode(ctx.sql, { userId, code, now, isNew });
  if (verdict.is === 'right') return;
  if (verdict.is === 'none') return ctx.refuse('NOT_FOUND');
  if (verdict.is === 'early') return ctx.refuse('RATE_LIMITED', { retryAfterMs: verdict.retryAfterMs });
  ctx.record(countMistake(userId, now));
  ctx.refuse('INVALID_CODE');
}

/** New codes in the place of all there were. */
export async function replaceRecoveryCodes(sql: Sql, userId: string, now: Date): Promise<string[]> {
  const codes = newRecoveryCodes();
  await sql`DELETE FROM recovery_codes WHERE user_id = ${userId}`;
  for (const code of codes)
    await sql`INSERT INTO recovery_codes (id, user_id, code_hash, created_at) VALUES (${newId()}, ${userId}, ${recoveryCodeHash(code)}, ${now})`;
  return codes;
}
