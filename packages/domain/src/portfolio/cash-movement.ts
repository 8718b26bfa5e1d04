import type { cash as contract, InputOf, OutputOf } from '@trii/contract';
import { parseLocalDate, toDecimalString, type Decimal, type LocalDate, type Money } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../platform/index.ts';
import { payableAmount } from './amount-rules.ts';
import { entryDate } from './entry-date.ts';
import type { Posting } from './ledger-transaction.ts';
import { lockPortfolio, type LockedPortfolio } from './lock-portfolio.ts';
import { postLedger } from './post-ledger.ts';

type Context = CommandContext<typeof contract.deposit>;
type Input = InputOf<typeof contract.deposit>;
type View = OutputOf<typeof contract.deposit>;

/** Money that is about to come in or go out: all that deposits and withdrawals check alike is checked, nothing is written. */
export interface CashMovement {
  readonly portfolio: LockedPortfolio;
  readonly amount: Money;
  readonly date: LocalDate;
  readonly memo: string | undefined;
}

export async function startMovement(ctx: Context, input: Input): Promise<CashMovement> {
  const portfolio = await lockPortfolio(ctx, input.portfolioId, ['ACTIVE', 'SUSPENDED']);
  const { baseCurrency } = portfolio;
  if (input.currency !== baseCurrency) return ctx.refuse('CURRENCY_MISMATCH', { currency: input.currency, baseCurrency });
  const amount = payableAmount(ctx, { field: 'amount', amount: input.amount, currency: baseCurrency });
  const requested = input.date === undefined ? undefined : parseLocalDate(input.date);
  const date = entryDate(ctx, requested, { ...portfolio, valuationDate: await valuationDate(ctx.sql, ctx.clock) });
  return { portfolio, amount, date, memo: input.memo };
}

export interface MovementEntry {
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly postings: readonly Posting[];
  /** What will be available afterwards. */
  readonly cashBalance: Decimal;
}

export async function recordMovement(ctx: Context, movement: CashMovement, entry: MovementEntry): Promise<View> {
  const { portfolio, amount, date, memo } = movement;
  const { kind, postings } = entry;
  const transactionId = await postLedger(ctx, {
    portfolioId: portfolio.id,
    userId: portfolio.userId,
    kind,
    effectiveDate: date,
    postings,
    memo,
  });
  const figures = { ...amount.toJSON(), date, cashBalance: toDecimalString(entry.cashBalance) };
  ctx.note({ newValues: { kind, transactionId, ...figures } });
  return { transactionId, portfolioId: portfolio.id, ...figures };
}
