import { cash } from '@trii/contract';
import { decimal, Money, newId, parseLocalDate, toDecimalString, ZERO, type LocalDate } from '@trii/kernel';
import { handler, valuationDate, type ChunkContext, type Sql } from '../../platform/index.ts';
import { isWithinRoom } from '../amount-rules.ts';
import { nextEntryDate } from '../entry-date.ts';
import { moneyLine, postingsOf, type Posting } from '../ledger-transaction.ts';
import { postLedgers } from '../post-ledger.ts';
import { shareRates } from './accrual-rates.ts';
import { closeMonth, type ClosedMonth } from './close-month.ts';
import { monthDue, type MonthDue } from './month-due.ts';
import { readAccrued, type AccruedFigure } from './read-accrued.ts';

/** Portfolios to a transaction: their locks are held for a fraction of a second. */
const PORTFOLIOS_PER_CHUNK = 100;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const TOLD_AT_ONCE = 500;

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly base_currency: string;
  readonly opened_on: string;
  readonly last_entry_date: string | null;
  readonly cash_balance: string;
}

interface Closing extends ClosedMonth {
  readonly portfolio: Row;
  readonly figure: AccruedFigure;
}

/**
 * Page after page of the portfolios of one part of the id space. Postings, the rows that say so and how far the portfolio is closed change in one transaction under
 * its lock: cut off anywhere it goes on with the next page; run again, or by two at once, it finds nothing to do. Months that nobody was there for are closed by one posting.
 */
export const postAccrualsHandler = handler(cash.postAccruals, {
  progress: ({ shard, runKey }) => ({ shard: String(shard), runKey }),

  async chunk(ctx, { shard, through: asked }, cursor) {
    await shareRates(ctx.sql);
    const month = await monthDue(ctx);
    // Asked for a month that is not the newest any more, or not over by a valuation date that was set back.
    if (asked !== month.through) return { cursor: null, counts: {}, rows: 0 };
    const portfolios = await lockPage(ctx.sql, month, { shard, after: typeof cursor === 'string' ? cursor : FIRST_ID });
    const posted = await closePage(ctx, portfolios, month.through);
    return {
      cursor: portfolios.length < PORTFOLIOS_PER_CHUNK ? null : (portfolios.at(-1)?.id ?? null),
      counts: { portfolios: portfolios.length, posted },
      rows: posted,
    };
  },

  finish: ({ portfolios = 0, posted = 0 }) => ({ portfolios, posted }),
});

/** Locked in the order of ids, as everyone does; what another did meanwhile is left out. */
async function lockPage(
  sql: Sql,
  { through, session }: MonthDue,
  { shard, after }: { readonly shard: number; readonly after: string },
): Promise<Row[]> {
  return sql<Row>`
    SELECT id, user_id, base_currency, opened_on, last_entry_date, cash_balance FROM portfolios
    WHERE id > ${after}::uuid AND right(id::text, 1) = ${shard.toString(16)} AND last_entry_date IS NOT NULL AND status <> 'CLOSED'
      AND opened_on <= ${through}::date AND (accrued_through IS NULL OR accrued_through < ${through}::date)
      AND (${session}::date IS NULL OR ((snapshots_dirty_from IS NULL OR snapshots_dirty_from > ${through}::date) AND snapshots_through >= ${session}::date))
    ORDER BY id LIMIT ${PORTFOLIOS_PER_CHUNK} FOR NO KEY UPDATE`;
}

/** @returns how many ledger transactions were written */
async function closePage(ctx: ChunkContext, portfolios: readonly Row[], through: LocalDate): Promise<number> {
  if (portfolios.length === 0) return 0;
  const ids = portfolios.map(({ id }) => id);
  const figures = Map.groupBy(await readAccrued(ctx.sql, ids, through), ({ portfolioId }) => portfolioId);
  const closings = portfolios.flatMap((portfolio) => closingsOf(portfolio, figures.get(portfolio.id) ?? []));
  const today = await valuationDate(ctx.sql, ctx.clock);
  const moving = closings.filter(({ posted }) => !posted.isZero());
  const transactionIds = await postLedgers(
    ctx,
    moving.map((closing) => entryOf(closing, { through, today })),
  );
  const transactions = new Map(moving.map((closing, index) => [closing, transactionIds[index] ?? '']));
  await noteClosings(ctx.sql, closings, { through, transactions });
  await ctx.sql`UPDATE portfolios SET accrued_through = ${through}, updated_at = now() WHERE id = ANY(${ids}::uuid[])`;
  for (let start = 0; start < transactionIds.length; start += TOLD_AT_ONCE) {
    ctx.emit(cash.AccrualsPosted, { aggregateId: newId(), payload: { transactionIds: transactionIds.slice(start, start + TOLD_AT_ONCE) } });
  }
  return transactionIds.length;
}

/** Interest first: the fee may take of it. A month that says nothing new leaves no row. */
function closingsOf(portfolio: Row, figures: readonly AccruedFigure[]): Closing[] {
  let available = decimal(portfolio.cash_balance);
  const closings: Closing[] = [];
  for (const figure of figures.toSorted((a, b) => (a.kind < b.kind ? 1 : a.kind > b.kind ? -1 : a.currency < b.currency ? -1 : 1))) {
    const isBase = figure.currency === portfolio.base_currency;
    const closed = closeMonth(figure, isBase ? available : ZERO);
    const change = figure.kind === 'INTEREST' ? closed.posted : closed.posted.negated();
    // No real sum comes near: it stays carried, instead of stopping all others.
    if (!isWithinRoom(available.plus(change))) continue;
    if (isBase) available = available.plus(change);
    const saysNothing = closed.posted.isZero() && (figure.closed?.accrued ?? ZERO).equals(figure.accrued);
    if (!saysNothing) closings.push({ ...closed, portfolio, figure });
  }
  return closings;
}

function entryOf({ portfolio, figure, posted }: Closing, { through, today }: { readonly through: LocalDate; readonly today: LocalDate }) {
  const { opened_on: openedOn, last_entry_date: last } = portfolio;
  const bounds = {
    valuationDate: today,
    openedOn: parseLocalDate(openedOn),
    lastEntryDate: last === null ? null : parseLocalDate(last),
  };
  return {
    portfolioId: portfolio.id,
    userId: portfolio.user_id,
    kind: figure.kind === 'INTEREST' ? ('INTEREST' as const) : ('FEE' as const),
    effectiveDate: nextEntryDate(bounds),
    postings: accrualPostings(figure.kind, Money.of(posted, figure.currency)),
    memo: `${figure.kind} ${through}`,
  };
}

const accrualPostings = (kind: AccruedFigure['kind'], amount: Money): Posting[] =>
  kind === 'INTEREST'
    ? postingsOf([moneyLine('cash', amount), moneyLine('income', amount.negate())])
    : postingsOf([moneyLine('cash', amount.negate()), moneyLine('fees', amount)]);

interface Noted {
  readonly through: LocalDate;
  readonly transactions: ReadonlyMap<Closing, string>;
}

/** The key refuses a month that is closed already. */
async function noteClosings(sql: Sql, closings: readonly Closing[], { through, transactions }: Noted): Promise<void> {
  if (closings.length === 0) return;
  await sql`
    INSERT INTO cash_accruals (portfolio_id, kind, currency_code, posted_through, user_id, accrued, posted, carry, unpaid, transaction_id)
    SELECT n.portfolio_id, n.kind, n.currency, ${through}::date, n.user_id, n.accrued, n.posted, n.carry, n.unpaid, n.transaction_id
    FROM unnest(
      ${closings.map(({ portfolio }) => portfolio.id)}::uuid[], ${closings.map(({ figure }) => figure.kind)}::text[],
      ${closings.map(({ figure }) => figure.currency)}::text[], ${closings.map(({ portfolio }) => portfolio.user_id)}::uuid[],
      ${closings.map(({ figure }) => toDecimalString(figure.accrued))}::numeric[], ${closings.map(({ posted }) => toDecimalString(posted))}::numeric[],
      ${closings.map(({ carry }) => toDecimalString(carry))}::numeric[], ${closings.map(({ unpaid }) => toDecimalString(unpaid))}::numeric[],
      ${closings.map((closing) => transactions.get(closing) ?? null)}::uuid[]
    ) AS n (portfolio_id, kind, currency, user_id, accrued, posted, carry, unpaid, transaction_id)`;
}
