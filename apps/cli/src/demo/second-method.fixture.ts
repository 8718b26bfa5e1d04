import type { Client } from 'pg';

/**
 * One portfolio's history a second time: straight from what the investor did (external cash, trades) and the bars, by SQL and a loop of plain
 * arithmetic. Imports nothing of quant or domain, so that a mistake there cannot repeat itself here.
 */
export interface SecondMethodDay {
  readonly date: string;
  readonly cash: string;
  readonly total: string;
  readonly dailyReturn: number | null;
  readonly totalReturn: number | null;
  readonly volatility: number | null;
  readonly sharpe: number | null;
  readonly drawdown: number | null;
}

interface Row {
  readonly date: string;
  readonly cash: string;
  readonly total: string;
  readonly inflow: string;
  readonly outflow: string;
}

// The days are those on which the tracker traded: taken from the prices, not from a calendar of ours.
const VALUES = `
  WITH day AS (
    SELECT b.session_date AS d, lag(b.session_date) OVER (ORDER BY b.session_date) AS before
    FROM daily_bars b JOIN instruments i ON i.id = b.instrument_id, portfolios p, valuation_clock v
    WHERE i.symbol = $2 AND p.id = $1 AND b.session_date BETWEEN p.opened_on AND v.valuation_date
  ), flow AS (
    SELECT effective_date AS d, -amount AS amount FROM postings WHERE portfolio_id = $1 AND account = 'external' AND currency_code IS NOT NULL
  ), deal AS (
    SELECT (executed_at AT TIME ZONE 'America/New_York')::date AS d, instrument_id, CASE trade_type WHEN 'BUY' THEN quantity ELSE -quantity END AS quantity,
           CASE trade_type WHEN 'BUY' THEN -round(quantity * price, 2) - fees ELSE round(quantity * price, 2) - fees END AS paid
    FROM trades WHERE portfolio_id = $1
  ), cash AS (
    SELECT d, (SELECT COALESCE(sum(amount), 0) FROM flow f WHERE f.d <= day.d) + (SELECT COALESCE(sum(paid), 0) FROM deal t WHERE t.d <= day.d) AS cash,
           (SELECT COALESCE(sum(amount) FILTER (WHERE amount > 0), 0) FROM flow f WHERE f.d <= day.d AND (before IS NULL OR f.d > before)) AS inflow,
           (SELECT COALESCE(-sum(amount) FILTER (WHERE amount < 0), 0) FROM flow f WHERE f.d <= day.d AND (before IS NULL OR f.d > before)) AS outflow
    FROM day
  ), held AS (
    SELECT day.d, t.instrument_id, sum(t.quantity) AS quantity FROM day JOIN deal t ON t.d <= day.d GROUP BY day.d, t.instrument_id HAVING sum(t.quantity) <> 0
  ), worth AS (
    SELECT h.d, sum(h.quantity * b.close) AS worth, count(*) FILTER (WHERE b.close IS NULL) AS unpriced
    FROM held h LEFT JOIN daily_bars b ON b.instrument_id = h.instrument_id AND b.session_date = h.d GROUP BY h.d
  )
  SELECT c.d::text AS date, c.cash, c.cash + COALESCE(w.worth, 0) AS total, c.inflow, c.outflow
  FROM cash c LEFT JOIN worth w ON w.d = c.d
  WHERE COALESCE(w.unpriced, 0) = 0 ORDER BY c.d`;

export async function secondMethod(database: Client, portfolioId: string, calendarSymbol: string): Promise<SecondMethodDay[]> {
  const { rows } = await database.query<Row>(VALUES, [portfolioId, calendarSymbol]);
  const returns: number[] = [];
  const days: SecondMethodDay[] = [];
  let before = 0;
  let wealth = 1;
  let peak = 1;
  let drawdown = 0;
  for (const row of rows) {
    const base = before + Number(row.inflow);
    const dailyReturn = base > 0 ? (Number(row.total) + Number(row.outflow)) / base - 1 : null;
    before = Number(row.total);
    if (dailyReturn !== null) {
      returns.push(dailyReturn);
      wealth *= 1 + dailyReturn;
      peak = Math.max(peak, wealth);
      drawdown = Math.max(drawdown, 1 - wealth / peak);
    }
    const enough = returns.length >= 2;
    const { mean, deviation } = enough ? moments(returns) : { mean: 0, deviation: 0 };
    days.push({
      date: row.date,
      cash: row.cash,
      total: row.total,
      dailyReturn,
      totalReturn: wealth - 1,
      volatility: enough ? deviation * Math.sqrt(252) : null,
      sharpe: enough && deviation > 0 ? (mean * 252 - 0.03) / (deviation * Math.sqrt(252)) : null,
      drawdown,
    });
  }
  return days;
}

/** In two passes over all values each day: slow, plain, and unlike a running update. */
function moments(values: readonly number[]): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
