import { cash, market, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { z } from 'zod';
import { handler } from '../../platform/index.ts';
import { LAST_ID, requirePortfolio } from '../read-ledger.ts';

type Item = OutputOf<typeof cash.exchanges>['items'][number];

const Legs = z.array(market.KnownRateView);

interface Row {
  readonly transaction_id: string;
  readonly date: string;
  readonly from: string;
  readonly to: string;
  readonly from_amount: string;
  readonly to_amount: string;
  readonly rate: string;
  readonly as_of: string;
  readonly path: Item['rate']['path'];
  readonly legs: unknown;
  readonly spread_bps: string;
  readonly spread: string;
  readonly remainder: string;
  readonly reversed_by: string | null;
}

/** What was exchanged, newest first, with the rate that it was worked out from. */
export const exchangesHandler = handler(cash.exchanges, async ({ sql }, { portfolioId, cursor, limit }) => {
  const rows = await sql<Row>`
    SELECT e.transaction_id, e.effective_date AS date, e.from_currency AS from, e.to_currency AS to, e.from_amount, e.to_amount, e.rate,
      to_char(e.rate_as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS as_of, e.rate_path AS path, e.rate_legs AS legs,
      e.spread_bps, e.spread_amount AS spread, e.remainder,
      (SELECT transaction_id FROM postings r WHERE r.user_id = e.user_id AND r.reverses_transaction_id = e.transaction_id LIMIT 1) AS reversed_by
    FROM exchanges e WHERE e.portfolio_id = ${portfolioId} AND e.transaction_id < ${cursor ?? LAST_ID}::uuid
    ORDER BY e.transaction_id DESC LIMIT ${limit + 1}`;
  if (rows.length === 0) await requirePortfolio(sql, portfolioId);
  const items = rows.slice(0, limit).map(itemOf);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.transactionId ?? null) : null };
});

function itemOf(row: Row): Item {
  const text = (amount: string): string => toDecimalString(decimal(amount));
  const { from, to, path } = row;
  return {
    transactionId: row.transaction_id,
    date: row.date,
    from,
    to,
    amount: text(row.from_amount),
    receives: text(row.to_amount),
    spreadBps: text(row.spread_bps),
    spread: text(row.spread),
    remainder: text(row.remainder),
    rate: { rate: text(row.rate), asOf: row.as_of, path, legs: Legs.parse(row.legs) },
    reversedBy: row.reversed_by,
  };
}
