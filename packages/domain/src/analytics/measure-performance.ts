import { analytics } from '@trii/contract';
import { addDays, parseLocalDate } from '@trii/kernel';
import { Failure, handler, valuationDate } from '../platform/index.ts';

/** As calculate_portfolio_performance has it where no start is given. */
const DEFAULT_SPAN_DAYS = 30;

interface Row {
  readonly total_return: number | null;
  readonly annualized_return: number | null;
  readonly volatility: number | null;
  readonly sharpe_ratio: number | null;
  readonly max_drawdown: number | null;
}

/** The specification's calculate_portfolio_performance; "today" is the valuation date. */
export const performanceHandler = handler(analytics.performance, async ({ sql, clock }, { portfolioId, from, to }) => {
  const end = to === undefined ? await valuationDate(sql, clock) : parseLocalDate(to);
  const start = from ?? addDays(end, -DEFAULT_SPAN_DAYS);
  // Statistics are float64 on the wire; the function reckons in numeric.
  const [row] = await sql<Row>`
    SELECT f.total_return::float8, f.annualized_return::float8, f.volatility::float8, f.sharpe_ratio::float8, f.max_drawdown::float8
    FROM portfolios p CROSS JOIN LATERAL calculate_portfolio_performance(p.id, ${start}::date, ${end}::date) f WHERE p.id = ${portfolioId}`;
  if (row === undefined) throw new Failure('NOT_FOUND', { portfolioId });
  return {
    from: start,
    to: end,
    totalReturn: row.total_return,
    annualizedReturn: row.annualized_return,
    volatility: row.volatility,
    sharpeRatio: row.sharpe_ratio,
    maxDrawdown: row.max_drawdown,
  };
});
