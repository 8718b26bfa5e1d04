import { portfolio, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { Failure, handler } from '../platform/index.ts';
import { performanceView, type PerformanceRow } from './performance-view.ts';

type Snapshot = OutputOf<typeof portfolio.history>['items'][number];

const Rates = portfolio.SnapshotView.shape.rates;

interface SnapshotRow extends PerformanceRow {
  readonly date: string;
  readonly total_value: string;
  readonly cash_balance: string;
  readonly invested_amount: string;
  readonly accrued_dividends: string;
  readonly inflow: string;
  readonly outflow: string;
  readonly is_stale: boolean;
  readonly rates: unknown;
}

/** Without a snapshot in the range, the one row that says that the portfolio exists. */
type Row = SnapshotRow | { readonly date: null };

/**
 * Nightly snapshots, oldest first. One statement tells a portfolio without snapshots (one row of nulls) from one that is not there or not the
 * caller's (no row).
 */
export const historyHandler = handler(portfolio.history, async ({ sql }, input) => {
  const { portfolioId, from = null, to = null, limit } = input;
  const rows = await sql<Row>`
    SELECT s.snapshot_date AS date, s.total_value, s.cash_balance, s.accrued_dividends, s.invested_amount, s.inflow, s.outflow, s.is_stale, s.rates,
      s.daily_return, s.total_return, s.volatility, s.sharpe_ratio, s.max_drawdown
    FROM portfolios p LEFT JOIN LATERAL (
      SELECT * FROM portfolio_snapshots
      WHERE portfolio_id = p.id AND snapshot_date >= coalesce(${from}::date, p.opened_on) AND snapshot_date <= coalesce(${to}::date, 'infinity')
      ORDER BY snapshot_date LIMIT ${limit + 1}
    ) s ON true
    WHERE p.id = ${portfolioId} ORDER BY s.snapshot_date`;
  if (rows.length === 0) throw new Failure('NOT_FOUND', { portfolioId });
  const snapshots = rows.filter((row): row is SnapshotRow => row.date !== null);
  return { items: snapshots.slice(0, limit).map(snapshotView), nextFrom: snapshots[limit]?.date ?? null };
});

function snapshotView(row: SnapshotRow): Snapshot {
  const amount = (text: string): string => toDecimalString(decimal(text));
  return {
    date: row.date,
    totalValue: amount(row.total_value),
    cashBalance: amount(row.cash_balance),
    accruedDividends: amount(row.accrued_dividends),
    investedAmount: amount(row.invested_amount),
    inflow: amount(row.inflow),
    outflow: amount(row.outflow),
    isStale: row.is_stale,
    rates: row.rates === null ? [] : Rates.parse(row.rates),
    ...performanceView(row),
  };
}
