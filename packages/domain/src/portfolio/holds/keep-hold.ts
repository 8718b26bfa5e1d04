import { decimal, invariant, newId, toDecimalString, type Decimal } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../../platform/index.ts';
import { nextEntryDate } from '../entry-date.ts';
import type { Asset, Posting } from '../ledger-transaction.ts';
import type { LockedPortfolio } from '../lock-portfolio.ts';
import { postLedger } from '../post-ledger.ts';
import { consumedBy, ended, reservationPostings, resized, type HoldHolder, type HoldMove } from './hold.ts';
import { findActiveHold, type FindContext, type KeptHold } from './read-holds.ts';

// What other areas keep cash and units with. Each takes a command's context and a portfolio under its lock.

type MoveContext = Pick<CommandContext, 'sql' | 'clock' | 'emit'>;

export interface PlaceContext extends MoveContext {
  readonly refuse: (code: 'INSUFFICIENT_CASH' | 'INSUFFICIENT_QUANTITY', details: Record<string, unknown>) => never;
}

export interface WantedHold {
  readonly asset: Asset;
  readonly amount: Decimal;
  readonly holder: HoldHolder;
  readonly reason: string;
  /** ISO 8601; left out, it ends by hand or with what it serves. */
  readonly expiresAt?: string | undefined;
}

/** Keeps that much of what is available. One ledger transaction of kind HOLD, and the row that says what for. */
export async function placeHold(ctx: PlaceContext, portfolio: LockedPortfolio, wanted: WantedHold): Promise<KeptHold> {
  const { asset, amount, holder, reason, expiresAt } = wanted;
  invariant(amount.greaterThan(0), 'a hold keeps something');
  await requireAvailable(ctx, portfolio, { asset, amount });
  const hold: KeptHold = {
    id: newId(),
    portfolioId: portfolio.id,
    userId: portfolio.userId,
    asset,
    holder,
    reason,
    status: 'ACTIVE',
    amount,
    consumed: decimal(0),
  };
  await postMove(ctx, portfolio, { hold, moved: amount });
  await ctx.sql`
    INSERT INTO holds (id, user_id, portfolio_id, currency_code, instrument_id, amount, holder, reason, expires_at)
    VALUES (${hold.id}, ${hold.userId}, ${hold.portfolioId}, ${'currency' in asset ? asset.currency : null}, ${'instrumentId' in asset ? asset.instrumentId : null},
      ${toDecimalString(amount)}, ${holder}::hold_holder, ${reason}, ${expiresAt ?? null}::timestamptz)`;
  return hold;
}

export interface ChangeContext extends FindContext, PlaceContext {
  readonly refuse: (
    code: 'NOT_FOUND' | 'HOLD_ENDED' | 'HOLD_TOO_SMALL' | 'INSUFFICIENT_CASH' | 'INSUFFICIENT_QUANTITY',
    details: Record<string, unknown>,
  ) => never;
}

/** Raises it out of what is available, or lowers it: never below what was consumed of it. */
export async function changeHold(
  ctx: ChangeContext,
  portfolio: LockedPortfolio,
  { holdId, amount }: { readonly holdId: string; readonly amount: Decimal },
): Promise<KeptHold> {
  const before = await findActiveHold(ctx, portfolio.id, holdId);
  const move = resized(before, amount);
  if (move === undefined) {
    return ctx.refuse('HOLD_TOO_SMALL', { holdId, amount: toDecimalString(amount), consumed: toDecimalString(before.consumed) });
  }
  if (move.moved.greaterThan(0)) await requireAvailable(ctx, portfolio, { asset: before.asset, amount: move.moved });
  const hold = await writeMove(ctx, before, move);
  await postMove(ctx, portfolio, { hold, moved: move.moved });
  return hold;
}

export interface ConsumeContext extends FindContext {
  readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED' | 'HOLD_TOO_SMALL', details: Record<string, unknown>) => never;
}

/**
 * Takes a part of a hold for its purpose. The postings that make it available again go into the consumer's own ledger transaction, before those
 * that spend it ({@link merged} brings both together): so nobody else can ever spend it in between.
 */
export async function consumeHold(
  ctx: ConsumeContext,
  portfolio: LockedPortfolio,
  { holdId, amount }: { readonly holdId: string; readonly amount: Decimal },
): Promise<Posting[]> {
  invariant(amount.greaterThan(0), 'what is consumed is something');
  const before = await findActiveHold(ctx, portfolio.id, holdId);
  const move = consumedBy(before, amount);
  if (move === undefined) {
    const remaining = toDecimalString(before.amount.minus(before.consumed));
    return ctx.refuse('HOLD_TOO_SMALL', { holdId, amount: toDecimalString(amount), remaining });
  }
  await writeMove(ctx, before, move);
  return reservationPostings(before.asset, move.moved);
}

/** Gives back what is left of it. */
export async function releaseHold(ctx: FindContext & MoveContext, portfolio: LockedPortfolio, holdId: string): Promise<KeptHold> {
  return endHold(ctx, portfolio, { hold: await findActiveHold(ctx, portfolio.id, holdId), status: 'RELEASED' });
}

/** The same without a look whether it may: the caller has found it active, under the portfolio's lock. */
export async function endHold(
  ctx: MoveContext,
  portfolio: HeldIn,
  { hold: before, status }: { readonly hold: KeptHold; readonly status: 'RELEASED' | 'EXPIRED' },
): Promise<KeptHold> {
  const move = ended(before, status);
  const hold = await writeMove(ctx, before, move);
  await postMove(ctx, portfolio, { hold, moved: move.moved });
  return hold;
}

type HeldIn = Pick<LockedPortfolio, 'openedOn' | 'lastEntryDate'>;

async function writeMove({ sql }: Pick<MoveContext, 'sql'>, before: KeptHold, { hold }: HoldMove): Promise<KeptHold> {
  const [amount, consumed] = [toDecimalString(hold.amount), toDecimalString(hold.consumed)];
  // Two statements, since workers end holds and have no right to the amount.
  if (hold.amount.equals(before.amount))
    await sql`UPDATE holds SET consumed_amount = ${consumed}, status = ${hold.status}::hold_status, updated_at = now() WHERE id = ${before.id}`;
  else await sql`UPDATE holds SET amount = ${amount}, status = ${hold.status}::hold_status, updated_at = now() WHERE id = ${before.id}`;
  return { ...before, ...hold };
}

async function postMove(ctx: MoveContext, portfolio: HeldIn, { hold, moved }: { hold: KeptHold; moved: Decimal }): Promise<void> {
  const postings = reservationPostings(hold.asset, moved);
  if (postings.length === 0) return;
  const { userId, portfolioId, reason } = hold;
  await postLedger(ctx, {
    portfolioId,
    userId,
    kind: moved.isNegative() ? 'RELEASE' : 'HOLD',
    effectiveDate: nextEntryDate({ ...portfolio, valuationDate: await valuationDate(ctx.sql, ctx.clock) }),
    postings,
    memo: reason,
  });
}

/** Read anew under the lock, since a command may have moved something before. */
async function requireAvailable(
  ctx: PlaceContext,
  portfolio: LockedPortfolio,
  { asset, amount }: { readonly asset: Asset; readonly amount: Decimal },
): Promise<void> {
  if ('currency' in asset) {
    const [row] = await ctx.sql<{ cash: string }>`
      SELECT CASE WHEN p.base_currency = ${asset.currency} THEN p.cash_balance ELSE COALESCE(c.balance, 0) END AS cash
      FROM portfolios p LEFT JOIN cash_balances c ON c.portfolio_id = p.id AND c.currency_code = ${asset.currency} WHERE p.id = ${portfolio.id}`;
    const available = decimal(row?.cash ?? 0);
    if (amount.lessThanOrEqualTo(available)) return;
    return ctx.refuse('INSUFFICIENT_CASH', {
      amount: toDecimalString(amount),
      currency: asset.currency,
      available: toDecimalString(available),
    });
  }
  const [row] = await ctx.sql<{ quantity: string }>`
    SELECT quantity FROM positions WHERE portfolio_id = ${portfolio.id} AND instrument_id = ${asset.instrumentId}`;
  const available = decimal(row?.quantity ?? 0);
  if (amount.lessThanOrEqualTo(available)) return;
  return ctx.refuse('INSUFFICIENT_QUANTITY', { quantity: toDecimalString(amount), available: toDecimalString(available) });
}
