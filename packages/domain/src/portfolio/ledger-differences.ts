import { decimal, toDecimalString } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';

/** One stored figure that is not what the postings say. */
export interface LedgerDifference {
  readonly portfolioId: string;
  /** The projection's column, `active_holds`, or `sum` for a transaction that does not balance. */
  readonly figure: string;
  /** Instrument, currency or transaction that the figure belongs to; null for the portfolio's own. */
  readonly of: string | null;
  readonly stored: string;
  readonly computed: string;
}

interface Row {
  readonly portfolio_id: string;
  readonly figure: string;
  readonly of: string | null;
  readonly stored: string;
  readonly computed: string;
}

/** A broken import of a million positions must not become a million lines. */
const DIFFERENCES_MAX = 1_000;

export async function ledgerDifferences(
  sql: Sql,
  portfolioIds: readonly string[],
): Promise<{ readonly postings: number; readonly differences: readonly LedgerDifference[] }> {
  const [counted] = await sql<{ lines: string }>`SELECT count(*) AS lines FROM postings WHERE portfolio_id = ANY(${portfolioIds}::uuid[])`;
  const rows = await readDifferences(sql, portfolioIds);
  const text = (amount: string): string => toDecimalString(decimal(amount));
  const differences = rows.map(({ portfolio_id: portfolioId, figure, of, stored, computed }) => ({
    portfolioId,
    figure,
    of,
    stored: text(stored),
    computed: text(computed),
  }));
  return { postings: Number(counted?.lines ?? 0), differences };
}

/** One statement, so that projections and postings are of one moment whatever is being written meanwhile. */
const readDifferences = (sql: Sql, portfolioIds: readonly string[]): Promise<Row[]> =>
  sql<Row>`
    WITH chosen AS (SELECT * FROM portfolios WHERE id = ANY(${portfolioIds}::uuid[])),
    lines AS MATERIALIZED (SELECT * FROM postings WHERE portfolio_id = ANY(${portfolioIds}::uuid[])),
    of_portfolio AS (
      SELECT c.id, c.cash_balance, c.reserved_cash, c.invested_amount, c.realized_pnl,
        COALESCE(sum(l.amount) FILTER (WHERE l.account = 'cash' AND l.currency_code = c.base_currency), 0) AS cash,
        COALESCE(sum(l.amount) FILTER (WHERE l.account = 'reserved' AND l.currency_code = c.base_currency), 0) AS reserved,
        COALESCE(sum(l.cost_basis), 0) AS cost, COALESCE(sum(l.realized_pnl), 0) AS realized
      FROM chosen c LEFT JOIN lines l ON l.portfolio_id = c.id
      GROUP BY c.id, c.cash_balance, c.reserved_cash, c.invested_amount, c.realized_pnl
    ),
    held AS (
      SELECT portfolio_id, instrument_id,
        COALESCE(sum(amount) FILTER (WHERE account = 'holding'), 0) AS quantity,
        COALESCE(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved,
        COALESCE(sum(cost_basis), 0) AS cost
      FROM lines WHERE instrument_id IS NOT NULL AND account IN ('holding', 'reserved') GROUP BY 1, 2
    ),
    of_position AS (
      SELECT COALESCE(q.portfolio_id, h.portfolio_id) AS portfolio_id, COALESCE(q.instrument_id, h.instrument_id)::text AS instrument_id,
        COALESCE(q.quantity, 0) AS quantity, COALESCE(q.reserved_quantity, 0) AS reserved, COALESCE(q.cost_basis, 0) AS cost, COALESCE(q.avg_cost, 0) AS average,
        COALESCE(h.quantity, 0) AS h_quantity, COALESCE(h.reserved, 0) AS h_reserved, COALESCE(h.cost, 0) AS h_cost,
        round(COALESCE(h.cost / NULLIF(h.quantity + h.reserved, 0), 0), 8) AS h_average
      FROM (SELECT * FROM positions WHERE portfolio_id = ANY(${portfolioIds}::uuid[])) q
      FULL JOIN held h ON h.portfolio_id = q.portfolio_id AND h.instrument_id = q.instrument_id
    ),
    other_cash AS (
      SELECT l.portfolio_id, l.currency_code, COALESCE(sum(l.amount) FILTER (WHERE l.account = 'cash'), 0) AS cash,
        COALESCE(sum(l.amount) FILTER (WHERE l.account = 'reserved'), 0) AS reserved
      FROM lines l JOIN chosen c ON c.id = l.portfolio_id
      WHERE l.account IN ('cash', 'reserved') AND l.currency_code <> c.base_currency GROUP BY 1, 2
    ),
    of_currency AS (
      SELECT COALESCE(b.portfolio_id, o.portfolio_id) AS portfolio_id, COALESCE(b.currency_code, o.currency_code)::text AS currency_code,
        COALESCE(b.balance, 0) AS balance, COALESCE(b.reserved, 0) AS reserved, COALESCE(o.cash, 0) AS o_cash, COALESCE(o.reserved, 0) AS o_reserved
      FROM (SELECT * FROM cash_balances WHERE portfolio_id = ANY(${portfolioIds}::uuid[])) b
      FULL JOIN other_cash o ON o.portfolio_id = b.portfolio_id AND o.currency_code = b.currency_code
    ),
    figures AS (
      SELECT id AS portfolio_id, f.figure, NULL::text AS of, f.stored, f.computed FROM of_portfolio CROSS JOIN LATERAL (VALUES
        ('cash_balance', cash_balance, cash), ('reserved_cash', reserved_cash, reserved),
        ('invested_amount', invested_amount, cost), ('realized_pnl', realized_pnl, realized)) AS f (figure, stored, computed)
      UNION ALL
      SELECT portfolio_id, f.figure, instrument_id, f.stored, f.computed FROM of_position CROSS JOIN LATERAL (VALUES
        ('quantity', quantity, h_quantity), ('reserved_quantity', reserved, h_reserved),
        ('cost_basis', cost, h_cost), ('avg_cost', average, h_average)) AS f (figure, stored, computed)
      UNION ALL
      SELECT portfolio_id, f.figure, currency_code, f.stored, f.computed FROM of_currency CROSS JOIN LATERAL (VALUES
        ('balance', balance, o_cash), ('reserved', reserved, o_reserved)) AS f (figure, stored, computed)
      UNION ALL
      -- What active holds still keep is what stands reserved, asset by asset.
      SELECT COALESCE(k.portfolio_id, r.portfolio_id), 'active_holds', COALESCE(k.asset, r.asset), COALESCE(k.kept, 0), COALESCE(r.reserved, 0)
      FROM (SELECT portfolio_id, COALESCE(currency_code, instrument_id::text) AS asset, sum(amount - consumed_amount) AS kept FROM holds WHERE portfolio_id = ANY(${portfolioIds}::uuid[]) AND status = 'ACTIVE' GROUP BY 1, 2) k
      FULL JOIN (SELECT portfolio_id, COALESCE(currency_code, instrument_id::text) AS asset, sum(amount) AS reserved FROM lines WHERE account = 'reserved' GROUP BY 1, 2) r
        ON r.portfolio_id = k.portfolio_id AND r.asset = k.asset
      UNION ALL
      SELECT portfolio_id, 'sum', transaction_id::text, sum(amount), 0 FROM lines GROUP BY portfolio_id, transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0
    )
    SELECT portfolio_id, figure, of, stored, computed FROM figures WHERE stored <> computed ORDER BY portfolio_id, figure, of LIMIT ${DIFFERENCES_MAX}`;
