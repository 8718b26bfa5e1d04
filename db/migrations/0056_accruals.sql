-- What accrues day by day and is posted once a month: interest on cash, the advisory fee on what a portfolio is worth.

-- What a year brings or costs from a day on, until the next row of the same kind and currency. Data of the platform: no tenant's.
CREATE TABLE accrual_rates (
  kind text NOT NULL,
  currency_code char(3) NOT NULL,
  valid_from date NOT NULL,
  day_count text NOT NULL,
  -- Hundredths of a percent a year of each slice of the sum: [{"upTo": "10000" or null, "bps": "250"}], ascending, the last without an end; none: nothing accrues.
  tiers jsonb NOT NULL DEFAULT '[]',
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, currency_code, valid_from),
  CONSTRAINT accrual_rates_kind CHECK (kind IN ('INTEREST', 'ADVISORY_FEE')),
  CONSTRAINT accrual_rates_day_count CHECK (day_count IN ('act/360', 'act/365f')),
  CONSTRAINT accrual_rates_tiers_listed CHECK (jsonb_typeof(tiers) = 'array')
);
GRANT SELECT ON accrual_rates TO authenticated_user, admin_role, worker_role;
GRANT INSERT, UPDATE (day_count, tiers, updated_at) ON accrual_rates TO admin_role;

-- One row for each month that closed with something to say. Amounts in the sense of the kind: interest due to the investor, a fee due from them.
CREATE TABLE cash_accruals (
  portfolio_id uuid NOT NULL,
  kind text NOT NULL,
  currency_code char(3) NOT NULL,
  -- The last day of the month. The key makes a month be posted once.
  posted_through date NOT NULL,
  user_id uuid NOT NULL,
  -- All that accrued from the first day up to that one, not rounded to the currency, as it was known when the month was closed.
  accrued numeric(38,18) NOT NULL,
  -- What the ledger transaction moved; below zero a fee that was given back.
  posted numeric(20,8) NOT NULL,
  -- Accrued and not posted by this row and all before it: less than the smallest unit, what the cash could not pay, or what was posted too much.
  carry numeric(38,18) NOT NULL,
  -- Of the carry, what the cash could not pay.
  unpaid numeric(20,8) NOT NULL DEFAULT 0,
  transaction_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (portfolio_id, kind, currency_code, posted_through),
  CONSTRAINT cash_accruals_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT cash_accruals_kind CHECK (kind IN ('INTEREST', 'ADVISORY_FEE')),
  CONSTRAINT cash_accruals_posted_by_transaction CHECK ((posted <> 0) = (transaction_id IS NOT NULL)),
  CONSTRAINT cash_accruals_unpaid_not_negative CHECK (unpaid >= 0)
);
CREATE INDEX idx_cash_accruals_user_id ON cash_accruals (user_id);
CREATE INDEX idx_cash_accruals_transaction ON cash_accruals (transaction_id) WHERE transaction_id IS NOT NULL;

ALTER TABLE cash_accruals ENABLE ROW LEVEL SECURITY;
ALTER TABLE cash_accruals FORCE ROW LEVEL SECURITY;
CREATE POLICY user_cash_accruals ON cash_accruals FOR ALL TO authenticated_user
  USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_cash_accruals ON cash_accruals FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_cash_accruals ON cash_accruals FOR ALL TO worker_role USING (true) WITH CHECK (true);
-- A month that is closed is never changed, whoever asks: what is found out later goes into the next.
GRANT SELECT ON cash_accruals TO authenticated_user, admin_role;
GRANT SELECT, INSERT ON cash_accruals TO worker_role;

-- The last day up to which accruals of a portfolio are closed, told by an index like the reach of its snapshots.
ALTER TABLE portfolios ADD COLUMN accrued_through date;
CREATE INDEX idx_portfolios_accrued_through ON portfolios (accrued_through) WHERE last_entry_date IS NOT NULL;
GRANT UPDATE (accrued_through) ON portfolios TO worker_role;
