import { portfolio } from '@trii/contract';
import { decimal, sumDecimals, toDecimalString } from '@trii/kernel';
import { Failure, handler, valuationDate } from '../platform/index.ts';
import { performanceView, type PerformanceRow } from './performance-view.ts';
import { portfolioView, type PortfolioRow } from './portfolio-view.ts';
import { valuePositions, type HeldPosition } from './valuation.ts';

interface HeldColumns {
  readonly instrument_id: string;
  readonly symbol: string;
  readonly instrument_name: string;
  readonly quantity: string;
  readonly avg_cost: string;
  readonly cost_basis: string;
  readonly close: string | null;
  readonly price_date: string | null;
}

interface SummaryColumns extends PortfolioRow, PerformanceRow {
  readonly last_entry_date: string | null;
  readonly cash_balance: string;
  readonly reserved_cash: string;
  readonly realized_pnl: string;
  readonly snapshot_date: string | null;
}

/** One row per position; a portfolio that holds nothing is one row without an instrument. */
type Row = SummaryColumns & (HeldColumns | { readonly instrument_id: null });

/**
 * What the investor holds and what it is worth at the valuation date. One statement, so that cash and positions are of one moment. An instrument in
 * another currency than the portfolio has no price here: without an exchange rate there is no value.
 */
export const summaryHandler = handler(portfolio.summary, async ({ sql, clock }, { portfolioId }) => {
  const date = await valuationDate(sql, clock);
  const rows = await sql<Row>`
    SELECT p.id, p.name, p.description, p.base_currency, p.status, p.opened_on, p.last_entry_date, p.cash_balance, p.reserved_cash, p.realized_pnl,
      s.snapshot_date, s.daily_return, s.total_return, s.volatility, s.sharpe_ratio, s.max_drawdown,
      h.instrument_id, h.symbol, h.name AS instrument_name, h.quantity, h.avg_cost, h.cost_basis, c.close, c.bucket::date AS price_date
    FROM portfolios p
    LEFT JOIN LATERAL (
      SELECT * FROM portfolio_snapshots WHERE portfolio_id = p.id AND snapshot_date <= ${date}::date ORDER BY snapshot_date DESC LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
      SELECT q.instrument_id, i.symbol, i.name, i.currency_code, q.quantity + q.reserved_quantity AS quantity, q.avg_cost, q.cost_basis
      FROM positions q JOIN instruments i ON i.id = q.instrument_id
      WHERE q.portfolio_id = p.id AND q.quantity + q.reserved_quantity > 0
    ) h ON true
    LEFT JOIN LATERAL (
      SELECT close, bucket AT TIME ZONE 'UTC' AS bucket FROM market_data_daily
      WHERE instrument_id = h.instrument_id AND h.currency_code = p.base_currency AND bucket <= ${date}::timestamp AT TIME ZONE 'UTC'
      ORDER BY market_data_daily.bucket DESC LIMIT 1
    ) c ON true
    WHERE p.id = ${portfolioId} ORDER BY h.symbol`;
  const [first] = rows;
  if (first === undefined) throw new Failure('NOT_FOUND', { portfolioId });
  const cash = decimal(first.cash_balance);
  const held = rows.filter((row): row is SummaryColumns & HeldColumns => row.instrument_id !== null).map(heldPosition);
  const valuation = valuePositions(sumDecimals([cash, decimal(first.reserved_cash)]), held);
  return {
    ...portfolioView(first),
    valuationDate: date,
    lastEntryDate: first.last_entry_date,
    cashBalance: toDecimalString(cash),
    investedAmount: toDecimalString(valuation.investedAmount),
    realizedPnl: toDecimalString(decimal(first.realized_pnl)),
    unrealizedPnl: valuation.unrealizedPnl === null ? null : toDecimalString(valuation.unrealizedPnl),
    totalValue: valuation.totalValue === null ? null : toDecimalString(valuation.totalValue),
    positions: valuation.positions,
    performance: first.snapshot_date === null ? null : { snapshotDate: first.snapshot_date, ...performanceView(first) },
  };
});

function heldPosition(row: HeldColumns): HeldPosition {
  return {
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    name: row.instrument_name,
    quantity: decimal(row.quantity),
    avgCost: decimal(row.avg_cost),
    costBasis: decimal(row.cost_basis),
    price: row.close === null ? null : decimal(row.close),
    priceDate: row.price_date,
  };
}
