-- What happens to an instrument and through it to whoever holds it: entered by an operator, applied to each portfolio by one ledger transaction.
CREATE TYPE corporate_action_kind AS ENUM ('DIVIDEND', 'SPLIT', 'SYMBOL_CHANGE', 'SPIN_OFF', 'DELISTING');
CREATE TYPE corporate_action_status AS ENUM ('ANNOUNCED', 'APPLIED', 'CANCELLED');
CREATE TYPE portfolio_action_status AS ENUM ('DUE', 'BLOCKED', 'APPLIED', 'NOTHING');

CREATE TABLE corporate_actions (
  id uuid PRIMARY KEY,
  instrument_id uuid NOT NULL,
  kind corporate_action_kind NOT NULL,
  ex_date date NOT NULL,
  record_date date,
  pay_date date,
  -- The day it moves something: a dividend is paid later than it is earned.
  effective_date date GENERATED ALWAYS AS (COALESCE(pay_date, ex_date)) STORED NOT NULL,
  -- ratio_to new units for every ratio_from old ones.
  ratio_from integer,
  ratio_to integer,
  -- For each unit: the dividend, or the last price of what is delisted (0: written off).
  amount numeric(20,8),
  currency_code char(3),
  withholding_pct numeric(7,4),
  -- What one whole new unit is paid at, where fractions are not kept.
  fraction_price numeric(20,8),
  old_symbol text,
  new_symbol text,
  new_instrument_id uuid,
  -- Of the cost, cost_part parts of cost_whole go to what is spun off.
  cost_part bigint,
  cost_whole bigint,
  status corporate_action_status NOT NULL DEFAULT 'ANNOUNCED',
  -- One bit for each part of the id space whose portfolios are done.
  applied_shards integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT corporate_actions_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT corporate_actions_new_instrument_id_foreign FOREIGN KEY (new_instrument_id) REFERENCES instruments (id),
  CONSTRAINT corporate_actions_dates_in_order CHECK (pay_date IS NULL OR (kind = 'DIVIDEND' AND pay_date >= ex_date)),
  CONSTRAINT corporate_actions_ratio_with_kind CHECK ((COALESCE(ratio_from, 0) > 0 AND COALESCE(ratio_to, 0) > 0) = (kind IN ('SPLIT', 'SPIN_OFF'))),
  CONSTRAINT corporate_actions_amount_with_kind CHECK ((COALESCE(amount, -1) >= 0 AND currency_code IS NOT NULL) = (kind IN ('DIVIDEND', 'DELISTING'))),
  CONSTRAINT corporate_actions_symbols_with_kind CHECK ((old_symbol IS NOT NULL AND new_symbol IS NOT NULL) = (kind = 'SYMBOL_CHANGE')),
  CONSTRAINT corporate_actions_cost_with_kind CHECK ((new_instrument_id IS NOT NULL AND COALESCE(cost_part >= 0 AND cost_part <= cost_whole AND cost_whole > 0, false)) = (kind = 'SPIN_OFF'))
);
CREATE INDEX idx_corporate_actions_instrument ON corporate_actions (instrument_id, ex_date);
CREATE INDEX idx_corporate_actions_announced ON corporate_actions (effective_date) WHERE status = 'ANNOUNCED';
-- The same entered twice would be paid twice.
CREATE UNIQUE INDEX idx_corporate_actions_once ON corporate_actions (instrument_id, kind, ex_date, COALESCE(amount, 0)) WHERE status <> 'CANCELLED';
CREATE UNIQUE INDEX idx_corporate_actions_old_symbol ON corporate_actions (old_symbol) WHERE kind = 'SYMBOL_CHANGE' AND status = 'APPLIED';

-- What an action did to one portfolio. The key makes it happen once.
CREATE TABLE portfolio_actions (
  portfolio_id uuid NOT NULL,
  action_id uuid NOT NULL,
  user_id uuid NOT NULL,
  status portfolio_action_status NOT NULL DEFAULT 'DUE',
  quantity numeric(28,8),
  transaction_id uuid,
  -- Why it is blocked, or which of two ways it went.
  reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (portfolio_id, action_id),
  CONSTRAINT portfolio_actions_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT portfolio_actions_action_id_foreign FOREIGN KEY (action_id) REFERENCES corporate_actions (id),
  CONSTRAINT portfolio_actions_applied_by_transaction CHECK ((status = 'APPLIED') = (transaction_id IS NOT NULL))
);
CREATE INDEX idx_portfolio_actions_user_id ON portfolio_actions (user_id);
CREATE INDEX idx_portfolio_actions_transaction ON portfolio_actions (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX idx_portfolio_actions_open ON portfolio_actions (action_id, portfolio_id) WHERE transaction_id IS NULL;

ALTER TABLE portfolio_actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio_actions FORCE ROW LEVEL SECURITY;
CREATE POLICY user_portfolio_actions ON portfolio_actions FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_portfolio_actions ON portfolio_actions FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_portfolio_actions ON portfolio_actions FOR ALL TO worker_role USING (true) WITH CHECK (true);

ALTER TABLE portfolios ADD COLUMN dividend_choice text NOT NULL DEFAULT 'CASH' CONSTRAINT portfolios_dividend_choice CHECK (dividend_choice IN ('CASH', 'REINVEST'));

GRANT SELECT ON corporate_actions TO authenticated_user, admin_role, worker_role;
GRANT INSERT (id, instrument_id, kind, ex_date, record_date, pay_date, ratio_from, ratio_to, amount, currency_code, withholding_pct, fraction_price,
  old_symbol, new_symbol, new_instrument_id, cost_part, cost_whole), UPDATE (status, updated_at) ON corporate_actions TO admin_role;
GRANT UPDATE (status, applied_shards, updated_at) ON corporate_actions TO worker_role;
-- A trade applies what is due of its instrument first, in the investor's own session.
GRANT SELECT, INSERT, UPDATE (status, quantity, transaction_id, reason, updated_at) ON portfolio_actions TO authenticated_user, worker_role;
GRANT SELECT ON portfolio_actions TO admin_role;
GRANT UPDATE (dividend_choice) ON portfolios TO authenticated_user;
GRANT INSERT ON postings TO worker_role;
-- A new name, and the end of trading, take effect when their day has come.
GRANT UPDATE (symbol, is_tradeable, updated_at) ON instruments TO worker_role;

-- By its present name, or by one that it had.
CREATE FUNCTION instrument_named(p_symbol text) RETURNS uuid LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT COALESCE((SELECT id FROM instruments WHERE symbol = p_symbol),
    (SELECT instrument_id FROM corporate_actions WHERE old_symbol = p_symbol AND kind = 'SYMBOL_CHANGE' AND status = 'APPLIED'))
$$;
GRANT EXECUTE ON FUNCTION instrument_named(text) TO authenticated_user, admin_role, worker_role;
