import { portfolio as contract } from '@trii/contract';
import { newId, toDecimalString, type Decimal, type LocalDate } from '@trii/kernel';
import type { CommandContext } from '../platform/index.ts';
import { assertBalanced, type Posting } from './ledger-transaction.ts';

/** Why the ledger moved: the `ledger_kind` of the database. */
export type LedgerKind = 'DEPOSIT' | 'WITHDRAWAL' | 'BUY' | 'SELL' | 'REVERSAL';

export interface LedgerEntry {
  readonly portfolioId: string;
  readonly userId: string;
  readonly kind: LedgerKind;
  readonly effectiveDate: LocalDate;
  readonly postings: readonly Posting[];
  readonly tradeId?: string;
  readonly memo?: string | undefined;
  /** The transaction that this one takes back. */
  readonly reverses?: string;
}

/**
 * Writes one ledger transaction by one INSERT, whose trigger brings cash balance, positions and their kin up to date; the serving role cannot
 * change those itself. The caller holds the portfolio's lock and has checked that cash and quantity suffice. Emits LedgerPosted.
 * @returns the transaction's id
 * @throws InvariantError unless the postings sum to zero per asset
 */
export async function postLedger(ctx: Pick<CommandContext, 'sql' | 'emit'>, entry: LedgerEntry): Promise<string> {
  const { portfolioId, userId, kind, effectiveDate, postings } = entry;
  assertBalanced(postings);
  const transactionId = newId();
  const text = (amount: Decimal | undefined): string | null => (amount === undefined ? null : toDecimalString(amount));
  await ctx.sql`
    INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, instrument_id, amount, cost_basis, realized_pnl,
      kind, effective_date, trade_id, reverses_transaction_id, memo)
    SELECT line.id, ${transactionId}::uuid, line.number::smallint, ${userId}::uuid, ${portfolioId}::uuid, line.account::ledger_account, line.currency,
      line.instrument_id, line.amount, line.cost_basis, line.realized_pnl, ${kind}::ledger_kind, ${effectiveDate}::date, ${entry.tradeId ?? null}::uuid, ${entry.reverses ?? null}::uuid, ${entry.memo ?? null}
    FROM unnest(
      ${postings.map(() => newId())}::uuid[],
      ${postings.map(({ account }) => account)}::text[],
      ${postings.map(({ asset }) => ('currency' in asset ? asset.currency : null))}::text[],
      ${postings.map(({ asset }) => ('instrumentId' in asset ? asset.instrumentId : null))}::uuid[],
      ${postings.map(({ amount }) => text(amount))}::numeric[],
      ${postings.map(({ costBasis }) => text(costBasis))}::numeric[],
      ${postings.map(({ realizedPnl }) => text(realizedPnl))}::numeric[]
    ) WITH ORDINALITY AS line (id, account, currency, instrument_id, amount, cost_basis, realized_pnl, number)`;
  ctx.emit(contract.LedgerPosted, { aggregateId: portfolioId, userId, payload: { portfolioId, transactionId, effectiveDate } });
  return transactionId;
}
