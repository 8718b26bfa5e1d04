-- Deposits that come again and again: each run announces a payment.
CREATE TYPE plan_status AS ENUM ('ACTIVE', 'PAUSED', 'ENDED');
CREATE TYPE plan_interval AS ENUM ('WEEKLY', 'MONTHLY');
CREATE TABLE deposit_plans (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  -- Collected there; NULL: the investor has it wired.
  bank_account_id uuid,
  amount numeric(20,8) NOT NULL,
  currency_code char(3) NOT NULL,
  every plan_interval NOT NULL,
  -- Its day of the week, or of the month, is that of every run; a month that lacks the day takes its last.
  starts_on date NOT NULL,
  ends_on date,
  next_on date NOT NULL,
  status plan_status NOT NULL DEFAULT 'ACTIVE',
  -- Why the last run could not announce its payment.
  problem text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT deposit_plans_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT deposit_plans_bank_account_id_user_id_foreign FOREIGN KEY (bank_account_id, user_id) REFERENCES bank_accounts (id, user_id),
  CONSTRAINT deposit_plans_amount_positive CHECK (amount > 0),
  CONSTRAINT deposit_plans_ends_after_start CHECK (ends_on >= starts_on)
);
CREATE INDEX idx_deposit_plans_portfolio ON deposit_plans (portfolio_id, id);
CREATE INDEX idx_deposit_plans_user_id ON deposit_plans (user_id);
CREATE INDEX idx_deposit_plans_due ON deposit_plans (next_on) WHERE status = 'ACTIVE';

ALTER TABLE deposit_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE deposit_plans FORCE ROW LEVEL SECURITY;
CREATE POLICY user_deposit_plans ON deposit_plans FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_deposit_plans ON deposit_plans FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_deposit_plans ON deposit_plans FOR ALL TO worker_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (status, next_on, updated_at) ON deposit_plans TO authenticated_user;
GRANT SELECT ON deposit_plans TO admin_role;
GRANT SELECT, UPDATE (status, next_on, problem, updated_at) ON deposit_plans TO worker_role;
