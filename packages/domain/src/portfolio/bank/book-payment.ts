import { cash as contract } from '@trii/contract';
import { decimal, Money, toDecimalString, type Decimal } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../../platform/index.ts';
import { nextEntryDate } from '../entry-date.ts';
import { consumeHold, releaseHold } from '../holds/keep-hold.ts';
import { depositPostings, merged, withdrawalPostings } from '../ledger-transaction.ts';
import type { LockedPortfolio } from '../lock-portfolio.ts';
import { postLedger } from '../post-ledger.ts';
import type { PaymentDirection, PaymentStatus } from './bank-message.ts';

export interface LockedPayment {
  readonly id: string;
  readonly portfolioId: string;
  readonly userId: string;
  readonly direction: PaymentDirection;
  readonly status: PaymentStatus;
  readonly amount: Decimal;
  readonly currency: string;
  readonly reference: string;
  readonly holdId: string | null;
  readonly transactionId: string | null;
}

interface Row {
  readonly id: string;
  readonly portfolio_id: string;
  readonly user_id: string;
  readonly direction: PaymentDirection;
  readonly status: PaymentStatus;
  readonly amount: string;
  readonly currency_code: string;
  readonly reference: string;
  readonly hold_id: string | null;
  readonly transaction_id: string | null;
}

type BookContext = Pick<CommandContext, 'sql' | 'clock' | 'emit' | 'note'>;

/** The portfolio's lock comes first, as everywhere, then the payment's. @returns the payment as it stands under both */
export async function lockPayment(
  ctx: Pick<CommandContext, 'sql'> & { readonly refuse: (code: 'NOT_FOUND', details: Record<string, unknown>) => never },
  paymentId: string,
): Promise<LockedPayment> {
  await ctx.sql`SELECT FROM portfolios WHERE id = (SELECT portfolio_id FROM payments WHERE id = ${paymentId}) FOR NO KEY UPDATE`;
  const [row] = await ctx.sql<Row>`
    SELECT id, portfolio_id, user_id, direction, status, amount, currency_code, reference, hold_id, transaction_id
    FROM payments WHERE id = ${paymentId} FOR NO KEY UPDATE`;
  if (row === undefined) return ctx.refuse('NOT_FOUND', { paymentId });
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    userId: row.user_id,
    direction: row.direction,
    status: row.status,
    amount: decimal(row.amount),
    currency: row.currency_code,
    reference: row.reference,
    holdId: row.hold_id,
    transactionId: row.transaction_id,
  };
}

interface SettleContext extends BookContext {
  readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED' | 'HOLD_TOO_SMALL', details: Record<string, unknown>) => never;
}

/** Booked at what came, or what left: a withdrawal out of its hold. */
export async function settlePayment(
  ctx: SettleContext,
  portfolio: LockedPortfolio,
  { payment, amount }: { readonly payment: LockedPayment; readonly amount: Decimal },
): Promise<void> {
  const money = Money.of(amount, payment.currency);
  const released = payment.holdId === null ? [] : await consumeHold(ctx, portfolio, { holdId: payment.holdId, amount });
  const isDeposit = payment.direction === 'DEPOSIT';
  const postings = isDeposit ? depositPostings(money) : merged([...released, ...withdrawalPostings(money)]);
  const transactionId = await postLedger(ctx, {
    portfolioId: payment.portfolioId,
    userId: payment.userId,
    kind: payment.direction,
    effectiveDate: await today(ctx, portfolio),
    postings,
    memo: payment.reference,
  });
  await ctx.sql`
    UPDATE payments SET status = 'SETTLED', amount = ${toDecimalString(amount)}, transaction_id = ${transactionId}, settled_at = ${ctx.clock.now().toISOString()}::timestamptz, updated_at = now()
    WHERE id = ${payment.id}`;
  told(ctx, payment, { status: 'SETTLED', transactionId });
}

/** It never happened: what was held for it is available again. */
export async function rejectPayment(
  ctx: BookContext & { readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED', details: Record<string, unknown>) => never },
  portfolio: LockedPortfolio,
  { payment, reason }: { readonly payment: LockedPayment; readonly reason: string },
): Promise<void> {
  if (payment.holdId !== null) await releaseHold(ctx, portfolio, payment.holdId);
  await ctx.sql`UPDATE payments SET status = 'REJECTED', failure = ${reason}, updated_at = now() WHERE id = ${payment.id}`;
  told(ctx, payment, { status: 'REJECTED' });
}

/** Taken back by the investor before it went: nobody outside ever heard of it. */
export async function cancelPayment(
  ctx: BookContext & { readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED', details: Record<string, unknown>) => never },
  portfolio: LockedPortfolio,
  payment: Pick<LockedPayment, 'id' | 'portfolioId' | 'userId' | 'holdId'>,
): Promise<void> {
  if (payment.holdId !== null) await releaseHold(ctx, portfolio, payment.holdId);
  await ctx.sql`UPDATE payments SET status = 'CANCELLED', updated_at = now() WHERE id = ${payment.id}`;
  told(ctx, payment, { status: 'CANCELLED' });
}

/** Booked, and taken back by the bank: its opposite, which names what it reverses. */
export async function returnPayment(
  ctx: BookContext,
  portfolio: LockedPortfolio,
  { payment, amount, reason }: { readonly payment: LockedPayment; readonly amount: Decimal; readonly reason: string },
): Promise<void> {
  const money = Money.of(amount, payment.currency);
  const postings = payment.direction === 'DEPOSIT' ? withdrawalPostings(money) : depositPostings(money);
  const transactionId = await postLedger(ctx, {
    portfolioId: payment.portfolioId,
    userId: payment.userId,
    kind: 'REVERSAL',
    effectiveDate: await today(ctx, portfolio),
    postings,
    memo: payment.reference,
    ...(payment.transactionId === null ? {} : { reverses: payment.transactionId }),
  });
  await ctx.sql`
    UPDATE payments SET status = 'RETURNED', return_transaction_id = ${transactionId}, failure = ${reason}, updated_at = now() WHERE id = ${payment.id}`;
  told(ctx, payment, { status: 'RETURNED', transactionId });
}

const today = async (ctx: BookContext, portfolio: LockedPortfolio) =>
  nextEntryDate({ ...portfolio, valuationDate: await valuationDate(ctx.sql, ctx.clock) });

function told(
  ctx: BookContext,
  { id: paymentId, portfolioId, userId }: Pick<LockedPayment, 'id' | 'portfolioId' | 'userId'>,
  outcome: { readonly status: PaymentStatus; readonly transactionId?: string },
): void {
  ctx.emit(contract.PaymentChanged, { aggregateId: portfolioId, userId, payload: { portfolioId, paymentId, status: outcome.status } });
  ctx.note({ newValues: { paymentId, ...outcome } });
}
