-- Who may do what, down to the column. A login holds nothing itself: it is NOINHERIT and becomes one of these roles for a transaction.
-- Nobody who serves may DELETE from ledger, audit or trades, or UPDATE ledger or audit; money's projections are the ledger trigger's alone.
GRANT USAGE ON SCHEMA public TO anonymous_role, authenticated_user, admin_role, worker_role, definer_role;

-- Public data.
GRANT SELECT ON instruments, daily_bars, fx_rates, market_data, market_data_hourly, market_data_daily, market_intraday_daily, order_book,
  technical_indicators, ml_models, ml_predictions, news_sentiment, valuation_clock TO authenticated_user, admin_role, worker_role;

-- Investor.
GRANT SELECT (id, email, first_name, last_name, kyc_status, risk_profile, investment_experience_years, country_code, timezone, is_active, email_verified,
  created_at, updated_at, last_login_at, operator_scopes) ON users TO authenticated_user, admin_role;
GRANT UPDATE (first_name, last_name, country_code, timezone, last_login_at, updated_at) ON users TO authenticated_user;
GRANT SELECT, INSERT, UPDATE (is_active) ON user_sessions TO authenticated_user;
GRANT SELECT, INSERT, UPDATE ON user_preferences TO authenticated_user;
GRANT SELECT, INSERT (id, user_id, name, description, base_currency, opened_on, allocation_target, auto_rebalance_enabled, rebalance_threshold),
  UPDATE (name, description, allocation_target, auto_rebalance_enabled, rebalance_threshold, updated_at) ON portfolios TO authenticated_user;
GRANT SELECT ON positions TO authenticated_user;
GRANT SELECT, INSERT ON postings TO authenticated_user;
GRANT SELECT, INSERT, UPDATE (status, order_state, price, total_amount, fees, commission, filled_quantity, execution_venue, executed_at, cancel_reason, updated_at)
  ON trades TO authenticated_user;
GRANT SELECT, INSERT ON fills TO authenticated_user;
GRANT SELECT, INSERT, UPDATE (status, consumed_amount, updated_at) ON holds TO authenticated_user;
GRANT SELECT ON portfolio_snapshots, rebalance_events, compliance_checks, v_portfolio_summary TO authenticated_user;
GRANT SELECT, UPDATE (is_read, read_at) ON notifications TO authenticated_user;
GRANT SELECT, INSERT ON audit_logs, idempotency TO authenticated_user;
GRANT INSERT ON outbox, deliveries TO authenticated_user;

-- Operator.
GRANT UPDATE (kyc_status, is_active, updated_at) ON users TO admin_role;
GRANT SELECT (id, user_id, device_info, ip_address, created_at, expires_at, is_active, permissions), UPDATE (is_active) ON user_sessions TO admin_role;
GRANT SELECT ON portfolios, positions, postings, trades, fills, holds, portfolio_snapshots, rebalance_events, compliance_checks, notifications,
  v_portfolio_summary, batch_progress TO admin_role;
GRANT INSERT, UPDATE ON instruments TO admin_role;
GRANT UPDATE (valuation_date, updated_at) ON valuation_clock TO admin_role;
GRANT SELECT, INSERT ON audit_logs, idempotency, outbox TO admin_role;
GRANT SELECT, INSERT, UPDATE (status, attempts, relayed_at, last_error) ON deliveries TO admin_role;

-- Worker.
GRANT SELECT ON portfolios, positions, postings, trades, fills, holds, portfolio_snapshots, compliance_checks, rebalance_events, notifications TO worker_role;
GRANT UPDATE (total_value, unrealized_pnl, allocation_current, snapshots_dirty_from, updated_at) ON portfolios TO worker_role;
GRANT UPDATE (current_price, current_value, unrealized_pnl, allocation_percentage, last_updated) ON positions TO worker_role;
-- DELETE: a snapshot of a session that a recomputation no longer has.
GRANT INSERT, UPDATE, DELETE ON portfolio_snapshots TO worker_role;
GRANT INSERT, UPDATE ON daily_bars, market_data TO worker_role;
GRANT SELECT, INSERT ON outbox TO worker_role;
GRANT SELECT, INSERT, UPDATE ON deliveries, idempotency, batch_progress TO worker_role;
GRANT INSERT ON audit_logs TO worker_role;
DO $$
BEGIN
  IF series_engine() = 'native' THEN
    GRANT SELECT ON market_hourly_rollup, market_daily_rollup, market_rollup_marks TO authenticated_user, admin_role, worker_role;
    GRANT INSERT, DELETE ON market_hourly_rollup, market_daily_rollup, market_rollup_marks TO worker_role;
    GRANT EXECUTE ON FUNCTION aggregate_market_hour(uuid, timestamptz) TO authenticated_user, admin_role, worker_role;
    GRANT EXECUTE ON FUNCTION mark_market_rollups() TO worker_role;
  END IF;
END $$;

-- Functions.
GRANT EXECUTE ON FUNCTION app_user_id(), series_engine() TO anonymous_role, authenticated_user, admin_role, worker_role, definer_role;
GRANT EXECUTE ON FUNCTION calculate_portfolio_performance(uuid, date, date) TO authenticated_user, admin_role, worker_role;
GRANT EXECUTE ON FUNCTION maintain_partitions(), refresh_market_rollups(integer), market_rollups_due() TO worker_role;
GRANT EXECUTE ON FUNCTION sign_in_lookup(text), session_lookup(text), register_user(uuid, text, text, text, text, text, text),
  append_audit(uuid, uuid, text, uuid, text, jsonb, jsonb, inet, text, timestamptz, text, text, text, text) TO anonymous_role;

-- definer_role: what the SECURITY DEFINER functions need, and no login. Its grants come before the functions become its own.
GRANT SELECT (id, email, password_hash, is_active, operator_scopes), INSERT (id, email, password_hash, first_name, last_name, country_code, timezone) ON users TO definer_role;
GRANT SELECT ON user_sessions TO definer_role;
GRANT INSERT ON audit_logs TO definer_role;
GRANT SELECT, UPDATE (cash_balance, reserved_cash, invested_amount, realized_pnl, last_entry_date, snapshots_dirty_from, updated_at) ON portfolios TO definer_role;
GRANT SELECT, INSERT (id, user_id, portfolio_id, instrument_id), UPDATE (quantity, reserved_quantity, cost_basis, avg_cost, opened_at, last_updated) ON positions TO definer_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION sign_in_lookup(text) OWNER TO definer_role;
ALTER FUNCTION session_lookup(text) OWNER TO definer_role;
ALTER FUNCTION register_user(uuid, text, text, text, text, text, text) OWNER TO definer_role;
ALTER FUNCTION append_audit(uuid, uuid, text, uuid, text, jsonb, jsonb, inet, text, timestamptz, text, text, text, text) OWNER TO definer_role;
ALTER FUNCTION apply_postings() OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
