-- Each row a sentence that must hold: `found` is what the tables have, `wanted` what a lawful load of that many portfolios has at least, or 0 exactly where
-- `is_fault`. What investors did since may stand on top.
WITH size AS (SELECT last AS portfolios, ((last - 1) / 200 + 1) * 10 AS instruments FROM scale_chunk),
sessions AS (SELECT count(*) FILTER (WHERE NOT is_last) AS daily, count(turn) AS turns FROM scale_sessions),
money AS (
  SELECT portfolio_id, sum(amount) FILTER (WHERE account = 'cash') AS cash, COALESCE(sum(amount) FILTER (WHERE account = 'reserved' AND currency_code IS NOT NULL), 0) AS reserved,
         COALESCE(sum(cost_basis), 0) AS cost, COALESCE(sum(realized_pnl), 0) AS realized
  FROM postings GROUP BY portfolio_id
), held AS (
  SELECT portfolio_id, instrument_id, sum(amount) FILTER (WHERE account = 'holding') AS quantity, COALESCE(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved, sum(cost_basis) AS cost
  FROM postings WHERE instrument_id IS NOT NULL AND account IN ('holding', 'reserved') GROUP BY portfolio_id, instrument_id
)
SELECT 'investors' AS name, false AS is_fault, count(*) AS found, (SELECT portfolios FROM size) AS wanted FROM users
UNION ALL SELECT 'portfolios', false, count(*), (SELECT portfolios FROM size) FROM portfolios
UNION ALL SELECT 'positions', false, count(*), (SELECT 10 * portfolios FROM size) FROM positions
UNION ALL SELECT 'trades', false, count(*), (SELECT 10 * portfolios FROM size) FROM trades
UNION ALL SELECT 'fills', false, count(*), (SELECT 10 * portfolios FROM size) FROM fills
UNION ALL SELECT 'postings', false, count(*), (SELECT 42 * portfolios FROM size) FROM postings
UNION ALL SELECT 'snapshots', false, count(*), (SELECT turns * portfolios FROM size, sessions) FROM portfolio_snapshots
UNION ALL SELECT 'instruments', false, count(*), (SELECT instruments FROM size) FROM instruments
UNION ALL SELECT 'daily bars', false, count(*), (SELECT daily * instruments FROM size, sessions) FROM daily_bars
UNION ALL SELECT 'minute bars', false, count(*), (SELECT 390 * instruments FROM size) FROM market_data
UNION ALL SELECT 'ledger transactions that do not sum to zero per asset', true, count(*), 0
  FROM (SELECT 1 FROM postings GROUP BY transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0) t
UNION ALL SELECT 'portfolios whose balances are not the sum of their postings', true, count(*), 0
  FROM portfolios p FULL JOIN money m ON m.portfolio_id = p.id
  WHERE (p.cash_balance, p.reserved_cash, p.invested_amount, p.realized_pnl) IS DISTINCT FROM (m.cash, m.reserved, m.cost, m.realized) AND (p.last_entry_date IS NOT NULL OR p.id IS NULL)
UNION ALL SELECT 'positions that are not the sum of their postings', true, count(*), 0
  FROM positions q FULL JOIN held h ON h.portfolio_id = q.portfolio_id AND h.instrument_id = q.instrument_id
  WHERE (q.quantity, q.reserved_quantity, q.cost_basis) IS DISTINCT FROM (h.quantity, h.reserved, h.cost)
UNION ALL SELECT 'balances and quantities below zero', true, (SELECT count(*) FROM portfolios WHERE cash_balance < 0 OR reserved_cash < 0) + (SELECT count(*) FROM positions WHERE quantity < 0), 0
UNION ALL SELECT 'executed trades that their fills do not add up to', true, count(*), 0
  FROM (SELECT 1 FROM trades t LEFT JOIN fills f ON f.trade_id = t.id WHERE t.status = 'EXECUTED' GROUP BY t.id, t.quantity HAVING sum(f.quantity) IS DISTINCT FROM t.quantity) t
UNION ALL SELECT 'intraday bars without a rollup', true, market_rollups_due()::integer, 0
