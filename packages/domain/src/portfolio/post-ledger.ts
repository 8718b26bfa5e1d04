import { portfolio as contract } from '@trii/contract';
import { newId, toDecimalString, type Decimal, type LocalDate } from '@trii/kernel';
import type { CommandContext } from '../platform/index.ts';
import { assertBalanced, type Posting } from './ledger-transaction.ts';

/** Why the ledger moved: the `ledger_kind` of the database. */
export type LedgerKind =
  | 'DEPOSIT'
  | 'WITHDRAWAL'
  | 'BUY'
  | 'SELL'
  | 'FEE'
  | 'INTEREST'
  | 'REVERSAL'
  | 'TRANSFER'
  | 'HOLD'
  | 'RELEASE'
  | 'EXCHANGE'
  | 'DIVIDEND'
  | 'SPLIT'
  | 'JOURNAL';

interface EntryFacts {
  readonly userId: string;
  readonly effectiveDate: LocalDate;
  readonly tradeId?: string;
  readonly memo?: string | undefined;
  /** The transaction that this one takes back. */
  readonly reverses?: string;
}

export interface LedgerEntry extends EntryFacts {
  readonly portfolioId: string;
  readonly kind: LedgerKind;
  readonly postings: readonly Posting[];
}

/** One portfolio's part of a ledger transaction: zero-sum per asset by itself. */
interface LedgerLeg {
  readonly portfolioId: string;
  readonly postings: readonly Posting[];
}

type PostContext = Pick<CommandContext, 'sql' | 'emit'>;

/**
 * Writes one ledger transaction by one INSERT, whose trigger brings cash balance, positions and their kin up to date; the serving role cannot
 * change those itself. The caller holds the portfolio's lock and has checked that cash and quantity suffice. Emits LedgerPosted.
 * @returns the transaction's id
 * @throws InvariantError unless the postings sum to zero per asset
 */
export const postLedger = (ctx: PostContext, { portfolioId, postings, ...entry }: LedgerEntry): Promise<string> =>
  postLegs(ctx, { ...entry, legs: [{ portfolioId, postings }] });

/** The same for one transaction in two portfolios of one investor, both locked. Each emits LedgerPosted. */
export const postTransfer = (ctx: PostContext, transfer: EntryFacts & { readonly legs: readonly LedgerLeg[] }): Promise<string> =>
  postLegs(ctx, { ...transfer, kind: 'TRANSFER' });

async function postLegs(
  ctx: PostContext,
  { legs, ...facts }: EntryFacts & { readonly kind: LedgerKind; readonly legs: readonly LedgerLeg[] },
): Promise<string> {
  const transactionId = newId();
  await insertLegs(
    ctx,
    legs.map((leg) => ({ ...facts, ...leg, transactionId })),
  );
  return transactionId;
}

/** Many ledger transactions by one statement, each of one locked portfolio. Emits LedgerPosted for each. @returns their ids, in order */
export async function postLedgers(ctx: PostContext, entries: readonly LedgerEntry[]): Promise<string[]> {
  const legs = entries.map((entry) => ({ ...entry, transactionId: newId() }));
  await insertLegs(ctx, legs);
  return legs.map(({ transactionId }) => transactionId);
}

async function insertLegs(ctx: PostContext, legs: readonly (LedgerEntry & { readonly transactionId: string })[]): Promise<void> {
  for (const { postings } of legs) assertBalanced(postings);
  const numbers = new Map<string, number>();
  const lines = legs.flatMap(({ postings, ...leg }) =>
    postings.map((posting) => {
      const number = (numbers.get(leg.transactionId) ?? 0) + 1;
      numbers.set(leg.transactionId, number);
      return { ...leg, ...posting, number };
    }),
  );
  if (lines.length === 0) return;
  const text = (amount: Decimal | undefined): string | null => (amount === undefined ? null : toDecimalString(amount));
  await ctx.sql`
    INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, instrument_id, amount, cost_basis, realized_pnl,
      kind, effective_date, trade_id, reverses_transaction_id, memo)
    SELECT * FROM unnest(
      ${lines.map(() => newId())}::uuid[],
      ${lines.map(({ transactionId }) => transactionId)}::uuid[],
      ${lines.map(({ number }) => number)}::smallint[],
      ${lines.map(({ userId }) => userId)}::uuid[],
      ${lines.map(({ portfolioId }) => portfolioId)}::uuid[],
      ${lines.map(({ account }) => account)}::ledger_account[],
      ${lines.map(({ asset }) => ('currency' in asset ? asset.currency : null))}::text[],
      ${lines.map(({ asset }) => ('instrumentId' in asset ? asset.instrumentId : null))}::uuid[],
      ${lines.map(({ amount }) => text(amount))}::numeric[],
      ${lines.map(({ costBasis }) => text(costBasis))}::numeric[],
      ${lines.map(({ realizedPnl }) => text(realizedPnl))}::numeric[],
      ${lines.map(({ kind }) => kind)}::ledger_kind[],
      ${lines.map(({ effectiveDate }) => effectiveDate)}::date[],
      ${lines.map(({ tradeId }) => tradeId ?? null)}::uuid[],
      ${lines.map(({ reverses }) => reverses ?? null)}::uuid[],
      ${lines.map(({ memo }) => memo ?? null)}::text[]
    )`;
  for (const { portfolioId, userId, transactionId, effectiveDate } of legs) {
    ctx.emit(contract.LedgerPosted, { aggregateId: portfolioId, userId, payload: { portfolioId, transactionId, effectiveDate } });
  }
}
