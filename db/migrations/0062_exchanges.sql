-- What an exchange of cash was worked out from, beside its ledger transaction: amounts, the market's rate with its time and sources, the spread, and what
-- rounding to whole units left over. Written once.
CREATE TABLE exchanges (
  transaction_id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  from_currency char(3) NOT NULL,
  from_amount numeric(20,8) NOT NULL,
  to_currency char(3) NOT NULL,
  to_amount numeric(20,8) NOT NULL,
  rate numeric(38,18) NOT NULL,
  rate_as_of timestamptz NOT NULL,
  rate_path text NOT NULL,
  rate_legs jsonb NOT NULL,
  spread_bps numeric(8,4) NOT NULL,
  spread_amount numeric(20,8) NOT NULL,
  remainder numeric(20,8) NOT NULL,
  effective_date date NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT exchanges_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT exchanges_two_currencies CHECK (from_currency <> to_currency),
  CONSTRAINT exchanges_amounts CHECK (from_amount > 0 AND to_amount > 0 AND rate > 0 AND spread_amount >= 0 AND remainder >= 0)
);
CREATE INDEX idx_exchanges_portfolio_transaction ON exchanges (portfolio_id, transaction_id);
CREATE INDEX idx_exchanges_user_id ON exchanges (user_id);

ALTER TABLE exchanges ENABLE ROW LEVEL SECURITY;
ALTER TABLE exchanges FORCE ROW LEVEL SECURITY;
CREATE POLICY user_exchanges ON exchanges FOR ALL TO authenticated_user
  USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_exchanges ON exchanges FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_exchanges ON exchanges FOR ALL TO worker_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON exchanges TO authenticated_user;
GRANT SELECT ON exchanges TO admin_role, worker_role;
