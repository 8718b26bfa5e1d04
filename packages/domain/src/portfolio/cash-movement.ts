import type { cash as contract, ErrorsOf, InputOf, OutputOf } from '@trii/contract';
import { isCurrencyCode, parseLocalDate, toDecimalString, type Decimal, type LocalDate, type Money } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../platform/index.ts';
import { payableAmount, refuseField } from './amount-rules.ts';
import { requireRecording } from './bank/cash-settings.ts';
import { entryDate } from './entry-date.ts';
import type { Posting } from './ledger-transaction.ts';
import { lockPortfolio, type LockedPortfolio } from './lock-portfolio.ts';
import { postLedger } from './post-ledger.ts';

interface Context extends Pick<CommandContext, 'sql' | 'clock' | 'emit' | 'note'> {
  /** What both may be refused with. */
  readonly refuse: (
    code: ErrorsOf<typeof contract.deposit> & ErrorsOf<typeof contract.withdraw>,
    details?: Record<string, unknown>,
  ) => never;
}
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
  await requireRecording(ctx);
  const { currency } = input;
  if (!isCurrencyCode(currency)) return refuseField(ctx, 'currency', 'an active currency of ISO 4217 such as "USD"');
  const amount = payableAmount(ctx, { field: 'amount', amount: input.amount, currency });
  const requested = input.date === undefined ? undefined : parseLocalDate(input.date);
  const date = entryDate(ctx, requested, { ...portfolio, valuationDate: await valuationDate(ctx.sql, ctx.clock) });
  return { portfolio, amount, date, memo: input.memo };
}

export interface MovementEntry {
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly postings: readonly Posting[];
  /** What will be available of that currency afterwards. */
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
