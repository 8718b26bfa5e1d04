-- The rollup where intraday bars cover the session, else the session's own daily bar, never both: together they would double the volume.
-- A session's bucket is its date's midnight in UTC, as the rollup's is. session_date comes on top of the specified columns: a condition on
-- it reads one year's partition by its key, while one on bucket, which daily_bars does not store, reads an instrument's whole history.
CREATE VIEW market_data_daily WITH (security_invoker = true) AS
SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, (r.close - r.open) / NULLIF(r.open, 0) * 100 AS daily_return_pct,
       (r.bucket AT TIME ZONE 'UTC')::date AS session_date
FROM market_intraday_daily r
UNION ALL
SELECT b.instrument_id, b.session_date::timestamp AT TIME ZONE 'UTC', b.open, b.high, b.low, b.close, b.volume,
       (b.close - b.open) / NULLIF(b.open, 0) * 100, b.session_date
FROM daily_bars b
WHERE NOT EXISTS (SELECT FROM market_intraday_daily r WHERE r.instrument_id = b.instrument_id AND r.bucket = b.session_date::timestamp AT TIME ZONE 'UTC');

-- security_invoker: as specified it would run as its owner and show every investor to every other.
CREATE VIEW v_portfolio_summary WITH (security_invoker = true) AS
SELECT p.id, p.name, p.user_id, p.total_value, p.cash_balance, p.invested_amount, p.unrealized_pnl,
       count(s.id) AS position_count,
       avg(s.allocation_percentage) AS avg_allocation,
       max(s.last_updated) AS last_position_update,
       COALESCE(
         json_agg(json_build_object('symbol', i.symbol, 'quantity', s.quantity, 'current_value', s.current_value, 'pnl', s.unrealized_pnl) ORDER BY i.symbol)
           FILTER (WHERE s.id IS NOT NULL),
         '[]'::json
       ) AS positions
FROM portfolios p
LEFT JOIN positions s ON s.portfolio_id = p.id
LEFT JOIN instruments i ON i.id = s.instrument_id
WHERE p.status = 'ACTIVE'
GROUP BY p.id;

-- Fractions, 0.01 is 1 %. Returns of the portfolio's snapshots between two dates, both included; days without a return are left out.
-- total_return is compounded; annualized_return is the mean x 252; volatility is the sample deviation x sqrt(252); the risk-free rate is 3 %;
-- max_drawdown is the deepest fall from a peak (the start counts as one), as a positive fraction. NULL where too few returns exist.
CREATE FUNCTION calculate_portfolio_performance(p_portfolio_id uuid, p_start_date date DEFAULT CURRENT_DATE - 30, p_end_date date DEFAULT CURRENT_DATE)
RETURNS TABLE (total_return numeric, annualized_return numeric, volatility numeric, sharpe_ratio numeric, max_drawdown numeric)
LANGUAGE sql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
  WITH growth AS (
    -- A factor of zero has no logarithm: from a total loss on, wealth is zero for good.
    SELECT snapshot_date, daily_return,
           CASE WHEN min(1 + daily_return) OVER w <= 0 THEN 0 ELSE exp(sum(CASE WHEN daily_return > -1 THEN ln(1 + daily_return) END) OVER w) END AS wealth
    FROM portfolio_snapshots
    WHERE portfolio_id = p_portfolio_id AND snapshot_date BETWEEN p_start_date AND p_end_date AND daily_return IS NOT NULL
    WINDOW w AS (ORDER BY snapshot_date)
  ), falls AS (
    SELECT snapshot_date, daily_return, wealth, 1 - wealth / GREATEST(1, max(wealth) OVER (ORDER BY snapshot_date)) AS fall FROM growth
  ), figures AS (
    SELECT (array_agg(wealth ORDER BY snapshot_date DESC))[1] - 1 AS total, avg(daily_return) * 252 AS mean, stddev_samp(daily_return) * sqrt(252::numeric) AS deviation, max(fall) AS worst
    FROM falls
  )
  SELECT total, mean, deviation, CASE WHEN deviation > 0 THEN (mean - 0.03) / deviation WHEN deviation = 0 THEN 0 END, worst FROM figures
$$;
