-- For measurements only, not part of `trii seed --scale`: what a month of work leaves in the platform's own tables for the portfolios of the chunk. A session each,
-- twelve audit rows (portfolio, deposit, ten trades), and ten events whose jobs are done.
CREATE TEMPORARY TABLE scale_traced ON COMMIT DROP AS
SELECT no, pg_temp.scale_id('user', no) AS user_id, pg_temp.scale_id('portfolio', no) AS portfolio_id, date_trunc('month', now()) AS month
FROM scale_chunk CROSS JOIN LATERAL generate_series(first, last) AS no
WHERE NOT EXISTS (SELECT FROM user_sessions WHERE id = pg_temp.scale_id('session', no));

INSERT INTO user_sessions (id, user_id, session_token, device_info, created_at, expires_at, permissions)
SELECT pg_temp.scale_id('session', no), user_id, 'scale-session-' || no, 'scale', now(), now() + INTERVAL '1 day', '{read,write,trade}' FROM scale_traced ORDER BY no;

INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, new_values, created_at, actor, use_case, outcome, request_id)
SELECT pg_temp.scale_id('audit', t.no * 100::bigint + n), t.user_id, 'PORTFOLIO', t.portfolio_id, 'UPDATE', jsonb_build_object('portfolioId', t.portfolio_id, 'turn', n), t.month + make_interval(secs => (t.no * 12::bigint + n) % 86400),
       'user:' || t.user_id, 'trading.recordTrade', 'ok', 'scale-' || t.no || '-' || n
FROM scale_traced t CROSS JOIN generate_series(1, 12) AS n ORDER BY t.no, n;

INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload, user_id)
SELECT pg_temp.scale_id('event', t.no * 100::bigint + n), t.month + make_interval(secs => (t.no * 10::bigint + n) % 86400), 'PORTFOLIO', t.portfolio_id, 'trading.TradeRecorded',
       jsonb_build_object('portfolioId', t.portfolio_id, 'turn', n), t.user_id
FROM scale_traced t CROSS JOIN generate_series(1, 10) AS n ORDER BY t.no, n;

INSERT INTO deliveries (event_id, job_name, event_created_at, user_id, status, attempts, created_at, relayed_at, done_at)
SELECT pg_temp.scale_id('event', t.no * 100::bigint + n), 'scale-trace', t.month + make_interval(secs => (t.no * 10::bigint + n) % 86400), t.user_id, 'done', 1, t.month, t.month, t.month
FROM scale_traced t CROSS JOIN generate_series(1, 10) AS n ORDER BY t.no, n;

SELECT 33 * count(*) AS written FROM scale_traced;
