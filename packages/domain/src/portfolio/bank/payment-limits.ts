import { decimal, toDecimalString, type Money } from '@trii/kernel';
import type { CommandContext } from '../../platform/index.ts';
import type { PaymentDirection } from './bank-message.ts';

export interface LimitContext extends Pick<CommandContext, 'sql' | 'clock'> {
  readonly refuse: (code: 'CURRENCY_NOT_SERVED' | 'LIMIT_EXCEEDED', details: Record<string, unknown>) => never;
}

interface Wanted {
  readonly userId: string;
  readonly direction: PaymentDirection;
  readonly amount: Money;
}

/**
 * Refuses what is over the limit of one payment, or of all of an investor's in any 24 hours. One investor's payments take turns here, since two
 * portfolios have two locks; the sum is read by a statement that begins after the turn came.
 */
export async function requireWithinLimits(ctx: LimitContext, { userId, direction, amount: { amount, currency } }: Wanted): Promise<void> {
  const [limit] = await ctx.sql<{ per_payment: string; per_day: string }>`
    SELECT per_payment, per_day FROM cash_limits WHERE direction = ${direction}::payment_direction AND currency_code = ${currency}`;
  if (limit === undefined) return ctx.refuse('CURRENCY_NOT_SERVED', { currency, direction });
  const details = { direction, currency, amount: toDecimalString(amount) };
  const [perPayment, perDay] = [decimal(limit.per_payment), decimal(limit.per_day)];
  if (amount.greaterThan(perPayment)) {
    return ctx.refuse('LIMIT_EXCEEDED', { ...details, limit: 'perPayment', max: toDecimalString(perPayment) });
  }
  await ctx.sql`SELECT pg_advisory_xact_lock(hashtextextended(${`payments|${userId}`}, 0))`;
  const now = ctx.clock.now().toISOString();
  const [used] = await ctx.sql<{ amount: string }>`
    SELECT COALESCE(sum(amount), 0) AS amount FROM payments
    WHERE user_id = ${userId} AND created_at > ${now}::timestamptz - interval '24 hours' AND direction = ${direction}::payment_direction
      AND currency_code = ${currency} AND status NOT IN ('REJECTED', 'CANCELLED')`;
  const before = decimal(used?.amount ?? 0);
  if (before.plus(amount).greaterThan(perDay)) {
    ctx.refuse('LIMIT_EXCEEDED', { ...details, limit: 'perDay', max: toDecimalString(perDay), used: toDecimalString(before) });
  }
}
