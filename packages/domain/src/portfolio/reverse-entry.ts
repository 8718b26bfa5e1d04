import { portfolio } from '@trii/contract';
import { decimal, toDecimalString, ZERO, type Decimal } from '@trii/kernel';
import { handler, valuationDate, type CommandContext } from '../platform/index.ts';
import { requireCash } from './available-cash.ts';
import { entryDate } from './entry-date.ts';
import type { LedgerAccount, Posting } from './ledger-transaction.ts';
import { lockPortfolio, type LockedPortfolio } from './lock-portfolio.ts';
import { postLedger } from './post-ledger.ts';

type Context = CommandContext<typeof portfolio.reverseEntry>;

/** Reservations end by release, what accrued is corrected by the next posting, corporate actions happened to all who held, transfers stand in two portfolios, and what was taken back is entered anew rather than given back. */
const REVERSIBLE = new Set(['DEPOSIT', 'WITHDRAWAL', 'BUY', 'SELL', 'DIVIDEND', 'EXCHANGE', 'JOURNAL']);

export interface ReversedRow {
  readonly kind: string;
  readonly account: LedgerAccount;
  readonly currency_code: string | null;
  readonly instrument_id: string | null;
  readonly amount: string;
  readonly cost_basis: string | null;
  readonly realized_pnl: string | null;
}

/**
 * Writes the opposite of every line of an earlier ledger transaction, costs and gains included, dated on the valuation date. A holding can be taken
 * back only while no later entry of that instrument stands, else average costs that were true would not be any more: the later ones go first.
 */
export const reverseEntryHandler = handler(portfolio.reverseEntry, async (ctx, { portfolioId, transactionId, reason }) => {
  const locked = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const rows = await ctx.sql<ReversedRow>`
    SELECT kind, account, currency_code, instrument_id, amount, cost_basis, realized_pnl
    FROM postings WHERE portfolio_id = ${portfolioId} AND transaction_id = ${transactionId} ORDER BY line`;
  await requireReversible(ctx, { portfolioId, transactionId, kind: rows[0]?.kind });
  const postings = rows.map(oppositeOf);
  const cashBalance = await requireCover(ctx, locked, postings);
  const date = entryDate(ctx, undefined, { ...locked, valuationDate: await valuationDate(ctx.sql, ctx.clock) });
  const reversalId = await postLedger(ctx, {
    portfolioId,
    userId: locked.userId,
    kind: 'REVERSAL',
    effectiveDate: date,
    postings,
    reverses: transactionId,
    memo: reason,
  });
  const view = { transactionId: reversalId, reverses: transactionId, portfolioId, date, cashBalance };
  ctx.note({ newValues: view });
  return view;
});

interface Reversing {
  readonly portfolioId: string;
  readonly transactionId: string;
  readonly kind: string | undefined;
}

async function requireReversible(ctx: Context, { portfolioId, transactionId, kind }: Reversing): Promise<void> {
  if (kind === undefined) return ctx.refuse('NOT_FOUND', { portfolioId, transactionId });
  const [reversal] = await ctx.sql<{
    id: string;
  }>`SELECT transaction_id AS id FROM postings WHERE reverses_transaction_id = ${transactionId} LIMIT 1`;
  if (reversal !== undefined) return ctx.refuse('ALREADY_REVERSED', { transactionId, reversedBy: reversal.id });
  if (!REVERSIBLE.has(kind)) return ctx.refuse('NOT_REVERSIBLE', { transactionId, kind });
  const [action] = await ctx.sql<{
    id: string;
  }>`SELECT action_id AS id FROM portfolio_actions WHERE transaction_id = ${transactionId} AND portfolio_id = ${portfolioId}`;
  if (action !== undefined) return ctx.refuse('NOT_REVERSIBLE', { transactionId, kind, actionId: action.id });
  // The money is where the bank says it is: only the bank's own return takes a payment back.
  const [payment] = await ctx.sql<{ id: string }>`SELECT id FROM payments WHERE transaction_id = ${transactionId}`;
  if (payment !== undefined) return ctx.refuse('NOT_REVERSIBLE', { transactionId, paymentId: payment.id });
  const [later] = await ctx.sql<{ id: string; symbol: string }>`
    SELECT l.transaction_id AS id, i.symbol
    FROM postings l JOIN instruments i ON i.id = l.instrument_id
    WHERE l.portfolio_id = ${portfolioId} AND l.transaction_id > ${transactionId} AND l.account IN ('holding', 'reserved') AND l.reverses_transaction_id IS NULL
      AND l.instrument_id IN (SELECT instrument_id FROM postings WHERE portfolio_id = ${portfolioId} AND transaction_id = ${transactionId} AND instrument_id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM postings r WHERE r.reverses_transaction_id = l.transaction_id)
    ORDER BY l.transaction_id DESC LIMIT 1`;
  if (later !== undefined) ctx.refuse('NOT_REVERSIBLE', { transactionId, laterTransactionId: later.id, symbol: later.symbol });
}

/** What a hold gave to the transaction comes back available: the hold is over. */
export const oppositeOf = (row: ReversedRow): Posting => ({
  account: row.account === 'reserved' ? (row.instrument_id === null ? 'cash' : 'holding') : row.account,
  asset: row.instrument_id === null ? { currency: row.currency_code ?? '' } : { instrumentId: row.instrument_id },
  amount: decimal(row.amount).negated(),
  ...(row.cost_basis === null ? {} : { costBasis: decimal(row.cost_basis).negated() }),
  ...(row.realized_pnl === null ? {} : { realizedPnl: decimal(row.realized_pnl).negated() }),
});

/** What is available must cover what is taken back, in every currency and instrument. Answers the base currency's cash that will be left. */
async function requireCover(ctx: Context, locked: LockedPortfolio, postings: readonly Posting[]): Promise<string> {
  const cash = new Map<string, Decimal>();
  const units = new Map<string, Decimal>();
  for (const { account, asset, amount } of postings) {
    if (account === 'cash' && 'currency' in asset) cash.set(asset.currency, (cash.get(asset.currency) ?? ZERO).plus(amount));
    if (account === 'holding' && 'instrumentId' in asset)
      units.set(asset.instrumentId, (units.get(asset.instrumentId) ?? ZERO).plus(amount));
  }
  for (const [instrumentId, change] of units) {
    if (!change.isNegative()) continue;
    const [held] = await ctx.sql<{ quantity: string }>`
      SELECT quantity FROM positions WHERE portfolio_id = ${locked.id} AND instrument_id = ${instrumentId}`;
    const available = decimal(held?.quantity ?? '0');
    if (available.lessThan(change.negated())) {
      return ctx.refuse('INSUFFICIENT_QUANTITY', { quantity: toDecimalString(change.negated()), available: toDecimalString(available) });
    }
  }
  for (const [currency, change] of cash) {
    if (change.isNegative()) await requireCash(ctx, { portfolio: locked, currency, amount: change.negated() });
  }
  return toDecimalString(locked.cashBalance.plus(cash.get(locked.baseCurrency) ?? ZERO));
}
