import { portfolio, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { LAST_ID, requirePortfolio } from './read-ledger.ts';

type Activity = OutputOf<typeof portfolio.activity>['items'][number];

interface Row {
  readonly transaction_id: string;
  readonly kind: Activity['kind'];
  readonly date: string;
  readonly symbol: string | null;
  readonly quantity: string | null;
  readonly cash: string;
  readonly fees: string;
  readonly other_cash: Activity['otherCash'] | null;
  readonly realized_pnl: string | null;
  readonly memo: string | null;
  readonly reverses: string | null;
}

/** One line for each ledger transaction, newest first: what an investor calls a movement. Promised and available cash or units count together. */
export const activityHandler = handler(portfolio.activity, async ({ sql }, { portfolioId, cursor, limit }) => {
  const rows = await sql<Row>`
    SELECT t.*, i.symbol FROM (
      SELECT l.transaction_id, min(l.kind) AS kind, min(l.effective_date) AS date, min(l.memo) AS memo,
        (array_agg(l.instrument_id ORDER BY l.line) FILTER (WHERE l.instrument_id IS NOT NULL))[1] AS instrument_id,
        sum(l.amount) FILTER (WHERE l.instrument_id IS NOT NULL AND l.account IN ('holding', 'reserved')) AS quantity,
        COALESCE(sum(l.amount) FILTER (WHERE l.currency_code = p.base_currency AND l.account IN ('cash', 'reserved')), 0) AS cash,
        COALESCE(sum(l.amount) FILTER (WHERE l.currency_code = p.base_currency AND l.account = 'fees'), 0) AS fees,
        (SELECT jsonb_agg(jsonb_build_object('currency', o.code, 'cash', o.cash::text, 'fees', o.fees::text) ORDER BY o.code) FROM (
          SELECT x.currency_code AS code, COALESCE(sum(x.amount) FILTER (WHERE x.account IN ('cash', 'reserved')), 0) AS cash,
            COALESCE(sum(x.amount) FILTER (WHERE x.account = 'fees'), 0) AS fees
          FROM postings x WHERE x.portfolio_id = ${portfolioId} AND x.transaction_id = l.transaction_id AND x.currency_code <> min(p.base_currency) GROUP BY 1
        ) o WHERE o.cash <> 0 OR o.fees <> 0) AS other_cash,
        sum(l.realized_pnl) AS realized_pnl, (array_agg(l.reverses_transaction_id))[1] AS reverses
      FROM portfolios p
      JOIN (
        SELECT DISTINCT transaction_id FROM postings
        WHERE portfolio_id = ${portfolioId} AND transaction_id < ${cursor ?? LAST_ID}::uuid ORDER BY transaction_id DESC LIMIT ${limit + 1}
      ) page ON true
      JOIN postings l ON l.portfolio_id = p.id AND l.transaction_id = page.transaction_id
      WHERE p.id = ${portfolioId}
      GROUP BY l.transaction_id
    ) t LEFT JOIN instruments i ON i.id = t.instrument_id
    ORDER BY t.transaction_id DESC`;
  if (rows.length === 0) await requirePortfolio(sql, portfolioId);
  const items = rows.slice(0, limit).map(activityOf);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.transactionId ?? null) : null };
});

function activityOf(row: Row): Activity {
  const text = (amount: string): string => toDecimalString(decimal(amount));
  return {
    transactionId: row.transaction_id,
    kind: row.kind,
    date: row.date,
    symbol: row.symbol,
    quantity: row.quantity === null ? null : text(row.quantity),
    cash: text(row.cash),
    fees: text(row.fees),
    otherCash: (row.other_cash ?? []).map(({ currency, cash, fees }) => ({ currency, cash: text(cash), fees: text(fees) })),
    realizedPnl: row.realized_pnl === null ? null : text(row.realized_pnl),
    memo: row.memo,
    reverses: row.reverses,
  };
}
