import { portfolio, type InputOf, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { Failure, handler, type Sql } from '../platform/index.ts';

type Entry = OutputOf<typeof portfolio.ledger>['items'][number];
type Line = Entry['lines'][number];

interface Row {
  readonly transaction_id: string;
  readonly kind: Entry['kind'];
  readonly date: string;
  readonly recorded_at: string;
  readonly memo: string | null;
  readonly trade_id: string | null;
  readonly reverses: string | null;
  readonly reversed_by: string | null;
  readonly account: Line['account'];
  readonly asset: string;
  readonly instrument_id: string | null;
  readonly amount: string;
  readonly cost_basis: string | null;
  readonly realized_pnl: string | null;
}

/** The ledger as it was written. A transfer shows the lines of this portfolio: they sum to zero by themselves. */
export const ledgerHandler = handler(portfolio.ledger, async ({ sql }, input) => {
  const { portfolioId, limit } = input;
  const page = await transactionsOf(sql, input);
  if (page.length === 0) await requirePortfolio(sql, portfolioId);
  const ids = page.slice(0, limit).map(({ id }) => id);
  const rows = await sql<Row>`
    SELECT l.transaction_id, l.kind, l.effective_date AS date, to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS recorded_at,
      l.memo, l.trade_id, l.reverses_transaction_id AS reverses, r.transaction_id AS reversed_by,
      l.account, COALESCE(i.symbol, l.currency_code) AS asset, l.instrument_id, l.amount, l.cost_basis, l.realized_pnl
    FROM postings l
    LEFT JOIN instruments i ON i.id = l.instrument_id
    LEFT JOIN LATERAL (SELECT transaction_id FROM postings WHERE reverses_transaction_id = l.transaction_id LIMIT 1) r ON true
    WHERE l.portfolio_id = ${portfolioId} AND l.transaction_id = ANY(${ids}::uuid[])
    ORDER BY l.transaction_id, l.line`;
  const byTransaction = Map.groupBy(rows, (row) => row.transaction_id);
  const items = ids.flatMap((id) => entryOf(byTransaction.get(id) ?? []));
  return { items, nextCursor: page.length > limit ? (ids.at(-1) ?? null) : null };
});

/** One more than the page has, in its order; ids grow with time. */
function transactionsOf(sql: Sql, { portfolioId, order, cursor, limit }: InputOf<typeof portfolio.ledger>): Promise<{ id: string }[]> {
  if (order === 'oldest') {
    return sql<{ id: string }>`
      SELECT DISTINCT transaction_id AS id FROM postings
      WHERE portfolio_id = ${portfolioId} AND transaction_id > ${cursor ?? FIRST_ID}::uuid ORDER BY 1 LIMIT ${limit + 1}`;
  }
  return sql<{ id: string }>`
    SELECT DISTINCT transaction_id AS id FROM postings
    WHERE portfolio_id = ${portfolioId} AND transaction_id < ${cursor ?? LAST_ID}::uuid ORDER BY 1 DESC LIMIT ${limit + 1}`;
}

/** Before every id there is. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** After every id there is. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Nothing found is one thing, nothing there another. @throws Failure NOT_FOUND */
export async function requirePortfolio(sql: Sql, portfolioId: string): Promise<void> {
  const found = await sql`SELECT 1 FROM portfolios WHERE id = ${portfolioId}`;
  if (found.length === 0) throw new Failure('NOT_FOUND', { portfolioId });
}

function entryOf(lines: readonly Row[]): Entry[] {
  const [first] = lines;
  if (first === undefined) return [];
  const { transaction_id: transactionId, kind, date, recorded_at: recordedAt, memo, reverses } = first;
  return [
    {
      transactionId,
      kind,
      date,
      recordedAt,
      memo,
      reverses,
      tradeId: first.trade_id,
      reversedBy: first.reversed_by,
      lines: lines.map(lineOf),
    },
  ];
}

const lineOf = (row: Row): Line => ({
  account: row.account,
  asset: row.asset,
  instrumentId: row.instrument_id,
  amount: toDecimalString(decimal(row.amount)),
  costBasis: textOf(row.cost_basis),
  realizedPnl: textOf(row.realized_pnl),
});

const textOf = (amount: string | null): string | null => (amount === null ? null : toDecimalString(decimal(amount)));
