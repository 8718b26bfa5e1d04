-- The investors of the chunk that are missing, each with everything of theirs, by one transaction: a portfolio that is there is whole.
INSERT INTO scale_portfolios
SELECT no, pg_temp.scale_id('user', no), pg_temp.scale_id('portfolio', no) FROM scale_chunk CROSS JOIN LATERAL generate_series(first, last) AS no
WHERE NOT EXISTS (SELECT FROM portfolios WHERE id = pg_temp.scale_id('portfolio', no));

-- No password opens an account whose hash is none. Names, phone and all other personal data stay empty.
INSERT INTO users (id, email, password_hash, kyc_status, country_code, email_verified, created_at, updated_at)
SELECT user_id, pg_temp.scale_email(no), 'none', 'VERIFIED', 'CO', true, '2025-01-01', '2025-01-01' FROM scale_portfolios ORDER BY no;

INSERT INTO portfolios (id, user_id, name, base_currency, opened_on, created_at, updated_at)
SELECT p.portfolio_id, p.user_id, 'Scale ' || p.no, 'USD', s.date, s.closes_at, s.closes_at FROM scale_portfolios p JOIN scale_sessions s ON s.turn = 1 ORDER BY p.no;

-- Ten purchases, two on each of the first five sessions, at the close. Instruments come in blocks of ten, a block for 200 portfolios; the n-th purchase
-- is of the n-th instrument of some block up to the portfolio's own. So nothing depends on how many portfolios there are in the end, and the first
-- instruments are the popular ones, as in life.
INSERT INTO scale_buys
SELECT b.no, b.portfolio_no, b.user_id, b.portfolio_id, pg_temp.scale_id('trade', b.no), i.id, i.symbol, s.turn, s.date, s.closes_at, b.quantity, c.close, b.quantity * c.close
FROM (
  SELECT n.no, p.no AS portfolio_no, p.user_id, p.portfolio_id, 1 + n.nth / 2 AS turn, 1 + pg_temp.draw(n.chance, 1, 50) AS quantity,
         pg_temp.scale_id('instrument', 10 * pg_temp.draw(n.chance, 0, (p.no - 1) / 200 + 1) + n.nth) AS instrument_id
  FROM scale_portfolios p
  CROSS JOIN LATERAL (
    SELECT nth, (p.no - 1) * 10::bigint + nth AS no, pg_temp.chance('buy', (p.no - 1) * 10::bigint + nth) AS chance FROM generate_series(0, 9) AS nth OFFSET 0
  ) n
) b
JOIN instruments i ON i.id = b.instrument_id
JOIN scale_sessions s ON s.turn = b.turn
JOIN scale_closes c ON c.instrument_id = b.instrument_id AND c.turn = b.turn;

-- One deposit per portfolio covers its purchases, in whole hundreds, and leaves up to 5,000.
INSERT INTO scale_deposits
SELECT portfolio_no, 10000 * (sum(gross)::bigint / 10000 + 1 + pg_temp.chance('deposit', portfolio_no) % 50) FROM scale_buys GROUP BY portfolio_no;
ANALYZE scale_portfolios, scale_buys, scale_deposits;

INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, trade_type, order_type, quantity, price, total_amount, status, order_state, filled_quantity,
  order_placed_at, executed_at, updated_at)
SELECT trade_id, user_id, portfolio_id, instrument_id, 'rec-' || trade_id, 'BUY', 'MARKET', quantity, price * 0.01, gross * 0.01, 'EXECUTED', 'FILLED', quantity, executed_at, executed_at, executed_at
FROM scale_buys ORDER BY no;

INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, filled_at, created_at)
SELECT pg_temp.scale_id('fill', no), user_id, portfolio_id, trade_id, quantity, price * 0.01, executed_at, executed_at FROM scale_buys ORDER BY no;

-- The chunk's ledger in one INSERT: the ledger's trigger judges every transaction in it and brings balances and positions up to date.
INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, instrument_id, amount, cost_basis, kind, effective_date, trade_id, created_at)
SELECT pg_temp.scale_id('posting', no * 4 + line), pg_temp.scale_id('transaction', no), line, user_id, portfolio_id, account::ledger_account, currency_code, instrument_id, amount, cost_basis,
       kind::ledger_kind, date, trade_id, at
FROM (
  -- Eleven transactions a portfolio: the deposit is the first, the purchases follow.
  SELECT (p.no - 1) * 11::bigint AS no, l.line, p.user_id, p.portfolio_id, l.account, 'USD' AS currency_code, NULL::uuid AS instrument_id, l.sign * d.amount * 0.01 AS amount,
         NULL::numeric AS cost_basis, 'DEPOSIT' AS kind, s.date, NULL::uuid AS trade_id, s.closes_at AS at
  FROM scale_portfolios p JOIN scale_deposits d ON d.portfolio_no = p.no JOIN scale_sessions s ON s.turn = 1
  CROSS JOIN (VALUES (1, 'cash', 1), (2, 'external', -1)) AS l (line, account, sign)
  UNION ALL
  SELECT (b.portfolio_no - 1) * 11::bigint + 1 + (b.no % 10), l.line, b.user_id, b.portfolio_id, l.account, CASE WHEN l.is_money THEN 'USD' END,
         CASE WHEN NOT l.is_money THEN b.instrument_id END, l.sign * CASE WHEN l.is_money THEN b.gross * 0.01 ELSE b.quantity END,
         CASE WHEN l.account = 'holding' THEN b.gross * 0.01 END, 'BUY', b.date, b.trade_id, b.executed_at
  FROM scale_buys b
  CROSS JOIN (VALUES (1, 'cash', true, -1), (2, 'trading', true, 1), (3, 'trading', false, -1), (4, 'holding', false, 1)) AS l (line, account, is_money, sign)
) lines
ORDER BY no, line;

-- What was held at the close of each session, and its worth.
INSERT INTO scale_holdings
SELECT b.portfolio_no, b.portfolio_id, c.turn, b.instrument_id, b.symbol, c.close, b.quantity * c.close, b.gross
FROM scale_buys b JOIN scale_closes c ON c.instrument_id = b.instrument_id AND c.turn >= b.turn;
ANALYZE scale_holdings;

-- The portfolio at the close of each session: cash left, cost of what is held, worth, and the shares of the total in percent.
INSERT INTO scale_values
SELECT t.portfolio_no, t.turn, t.cash, t.invested, t.value, t.cash + t.value,
       jsonb_object_agg(h.symbol, pg_temp.percent(h.value, t.cash + t.value)::text) || jsonb_build_object('CASH', pg_temp.percent(t.cash, t.cash + t.value)::text)
FROM (
  SELECT h.portfolio_no, h.turn, d.amount - sum(h.cost)::bigint AS cash, sum(h.cost)::bigint AS invested, sum(h.value)::bigint AS value
  FROM scale_holdings h JOIN scale_deposits d ON d.portfolio_no = h.portfolio_no
  GROUP BY h.portfolio_no, h.turn, d.amount
) t
JOIN scale_holdings h ON h.portfolio_no = t.portfolio_no AND h.turn = t.turn
GROUP BY t.portfolio_no, t.turn, t.cash, t.invested, t.value;
ANALYZE scale_values;

-- What the snapshot job would write (a test lets it write some anew and compares).
INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return, total_return, volatility, sharpe_ratio,
  max_drawdown, allocation_breakdown, created_at, inflow)
SELECT pg_temp.scale_id('snapshot', p.no * 100::bigint + g.turn), p.user_id, p.portfolio_id, s.date, g.total * 0.01, g.cash * 0.01, g.invested * 0.01,
       pg_temp.statistic(g.gain), pg_temp.statistic(g.wealth - 1), pg_temp.statistic(g.deviation * sqrt(252::float8)),
       pg_temp.statistic((g.mean - 0.03::float8 / 252) / nullif(g.deviation, 0) * sqrt(252::float8)),
       CASE WHEN g.returns >= 2 THEN pg_temp.statistic(max(1 - g.wealth / g.peak) OVER (PARTITION BY g.portfolio_no ORDER BY g.turn)) END,
       g.allocation, s.closes_at, CASE WHEN g.turn = 1 THEN g.deposit * 0.01 ELSE 0 END
FROM (
  SELECT f.*, greatest(1, max(f.wealth) OVER w) AS peak, avg(f.gain) OVER w AS mean, stddev_samp(f.gain) OVER w AS deviation, count(*) OVER w AS returns
  FROM (
    SELECT d.*, pg_temp.product(1 + d.gain) OVER (PARTITION BY d.portfolio_no ORDER BY d.turn) AS wealth
    FROM (
      -- Nothing flows after the deposit, so the value before is the base.
      SELECT v.*, d.amount AS deposit, v.total::float8 / 100 / (lag(v.total, 1, d.amount) OVER (PARTITION BY v.portfolio_no ORDER BY v.turn)::float8 / 100) - 1 AS gain
      FROM scale_values v JOIN scale_deposits d ON d.portfolio_no = v.portfolio_no
    ) d
  ) f
  WINDOW w AS (PARTITION BY f.portfolio_no ORDER BY f.turn)
) g
JOIN scale_portfolios p ON p.no = g.portfolio_no
JOIN scale_sessions s ON s.turn = g.turn
ORDER BY g.portfolio_no, g.turn;

-- What the snapshot job leaves on the positions after the last session.
UPDATE positions q SET current_price = h.price * 0.01, current_value = h.value * 0.01, unrealized_pnl = (h.value - h.cost) * 0.01, allocation_percentage = pg_temp.percent(h.value, v.total), last_updated = s.closes_at
FROM scale_holdings h JOIN scale_values v ON v.portfolio_no = h.portfolio_no AND v.turn = h.turn JOIN scale_sessions s ON s.turn = h.turn
WHERE s.is_last AND q.portfolio_id = h.portfolio_id AND q.instrument_id = h.instrument_id;

-- And on the portfolio, for which no snapshot is due any more.
UPDATE portfolios p SET total_value = v.total * 0.01, unrealized_pnl = (v.value - v.invested) * 0.01, allocation_current = v.allocation, snapshots_dirty_from = NULL, snapshots_through = s.date, updated_at = s.closes_at
FROM scale_values v JOIN scale_portfolios n ON n.no = v.portfolio_no JOIN scale_sessions s ON s.turn = v.turn
WHERE s.is_last AND p.id = n.portfolio_id;

-- User, portfolio and the deposit's two postings; of a purchase trade, fill, position and four postings; snapshots.
SELECT 4 * (SELECT count(*) FROM scale_portfolios) + 7 * (SELECT count(*) FROM scale_buys) + (SELECT count(*) FROM scale_values) AS written;
