-- Cash that comes and goes through a bank: linked accounts, payments in two phases, and what the bank says of them (docs/adr/0020).
CREATE TYPE payment_direction AS ENUM ('DEPOSIT', 'WITHDRAWAL');
CREATE TYPE payment_status AS ENUM ('PENDING', 'SENT', 'SETTLED', 'REJECTED', 'RETURNED');
ALTER TABLE holds ADD CONSTRAINT holds_id_user_id_unique UNIQUE (id, user_id);

-- An investor's account elsewhere. Its number is personal data: ciphertext under their key; the bank's token is what payments name.
CREATE TABLE bank_accounts (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  currency_code char(3) NOT NULL,
  label text,
  number_enc bytea,
  number_bidx bytea,
  last_four text,
  bank_token text,
  created_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz,
  CONSTRAINT bank_accounts_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT bank_accounts_id_user_id_unique UNIQUE (id, user_id),
  CONSTRAINT bank_accounts_number_enc_layout CHECK (is_personal_ciphertext(number_enc)),
  CONSTRAINT bank_accounts_number_bidx_layout CHECK (octet_length(number_bidx) = 32)
);
CREATE UNIQUE INDEX idx_bank_accounts_number ON bank_accounts (user_id, number_bidx) WHERE removed_at IS NULL;

CREATE TABLE payments (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  bank_account_id uuid,
  direction payment_direction NOT NULL,
  status payment_status NOT NULL DEFAULT 'PENDING',
  -- Of a deposit that an operator assigned: what came.
  amount numeric(20,8) NOT NULL,
  currency_code char(3) NOT NULL,
  -- Ours: the bank repeats it in what it says of the payment.
  reference text NOT NULL,
  memo text,
  hold_id uuid,
  transaction_id uuid,
  return_transaction_id uuid,
  failure text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  CONSTRAINT payments_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT payments_bank_account_id_user_id_foreign FOREIGN KEY (bank_account_id, user_id) REFERENCES bank_accounts (id, user_id),
  CONSTRAINT payments_hold_id_user_id_foreign FOREIGN KEY (hold_id, user_id) REFERENCES holds (id, user_id),
  CONSTRAINT payments_reference_unique UNIQUE (reference),
  CONSTRAINT payments_amount_positive CHECK (amount > 0),
  -- Money leaves to a linked account, and out of a hold alone.
  CONSTRAINT payments_withdrawal_is_held CHECK (direction <> 'WITHDRAWAL' OR (hold_id IS NOT NULL AND bank_account_id IS NOT NULL)),
  CONSTRAINT payments_settled_is_posted CHECK ((status IN ('SETTLED', 'RETURNED')) = (transaction_id IS NOT NULL)),
  CONSTRAINT payments_returned_is_posted CHECK ((status = 'RETURNED') = (return_transaction_id IS NOT NULL))
);
CREATE INDEX idx_payments_portfolio ON payments (portfolio_id, id);
CREATE INDEX idx_payments_user_date ON payments (user_id, created_at);
CREATE UNIQUE INDEX idx_payments_transaction ON payments (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE UNIQUE INDEX idx_payments_hold ON payments (hold_id) WHERE hold_id IS NOT NULL;

-- What the bank said, each once by its own reference; kept for good.
CREATE TABLE bank_messages (
  id uuid PRIMARY KEY,
  bank_reference text NOT NULL,
  kind text NOT NULL,
  reference text,
  amount numeric(20,8) NOT NULL,
  currency_code char(3) NOT NULL,
  reason text,
  booked_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  -- WAITING: it speaks of what has not happened yet here. UNMATCHED: for an operator.
  status text NOT NULL DEFAULT 'RECEIVED',
  -- Told by its reference, or by an operator; then the amount may be another than announced.
  payment_id uuid,
  is_assigned boolean NOT NULL DEFAULT false,
  problem text,
  applied_at timestamptz,
  CONSTRAINT bank_messages_bank_reference_unique UNIQUE (bank_reference),
  CONSTRAINT bank_messages_kind_known CHECK (kind IN ('SETTLED', 'REJECTED', 'RETURNED')),
  CONSTRAINT bank_messages_status_known CHECK (status IN ('RECEIVED', 'WAITING', 'APPLIED', 'UNMATCHED', 'DISMISSED')),
  CONSTRAINT bank_messages_amount_positive CHECK (amount > 0)
);
CREATE INDEX idx_bank_messages_open ON bank_messages (id) WHERE status IN ('WAITING', 'UNMATCHED');
CREATE INDEX idx_bank_messages_waiting ON bank_messages (payment_id) WHERE status = 'WAITING';

-- A currency without a line is not paid through the bank.
CREATE TABLE cash_limits (
  direction payment_direction NOT NULL,
  currency_code char(3) NOT NULL,
  per_payment numeric(20,8) NOT NULL,
  per_day numeric(20,8) NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (direction, currency_code),
  CONSTRAINT cash_limits_positive CHECK (per_payment > 0 AND per_day >= per_payment)
);
INSERT INTO cash_limits (direction, currency_code, per_payment, per_day)
SELECT d.direction::payment_direction, c.code, c.per_payment, c.per_payment * 2
FROM (VALUES ('DEPOSIT'), ('WITHDRAWAL')) d (direction),
     (VALUES ('USD', 50000), ('EUR', 50000), ('GBP', 50000), ('COP', 200000000), ('MXN', 1000000), ('PEN', 200000), ('CLP', 50000000), ('BRL', 250000)) c (code, per_payment);

-- One row. False: deposits and withdrawals go through the bank alone, nobody records their own.
CREATE TABLE cash_settings (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  investors_record boolean NOT NULL DEFAULT true,
  updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO cash_settings DEFAULT VALUES;

-- The books of the simulated bank (packages/infra/src/bank): another party's, which no statement of ours joins.
CREATE TABLE simulated_bank_payments (
  key uuid PRIMARY KEY,
  attempts integer NOT NULL DEFAULT 0,
  accepted boolean,
  reason text
);
CREATE TABLE simulated_bank_messages (
  bank_reference text NOT NULL,
  copy smallint NOT NULL,
  kind text NOT NULL,
  reference text,
  amount numeric(20,8) NOT NULL,
  currency_code char(3) NOT NULL,
  reason text,
  due_at timestamptz NOT NULL,
  acknowledged_at timestamptz,
  PRIMARY KEY (bank_reference, copy)
);
CREATE INDEX idx_simulated_bank_messages_due ON simulated_bank_messages (due_at) WHERE acknowledged_at IS NULL;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bank_accounts', 'payments'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()))', 'user_' || t, t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO admin_role USING (true) WITH CHECK (true)', 'admin_all_' || t, t);
    EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO worker_role USING (true) WITH CHECK (true)', 'worker_all_' || t, t);
  END LOOP;
END $$;
CREATE POLICY definer_all_bank_accounts ON bank_accounts FOR ALL TO definer_role USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE (removed_at) ON bank_accounts TO authenticated_user;
-- An operator and the workers see that an account is there, not its number, which is noise to them anyway.
GRANT SELECT (id, user_id, currency_code, label, last_four, bank_token, created_at, removed_at) ON bank_accounts TO worker_role;
GRANT SELECT (id, user_id, currency_code, label, last_four, created_at, removed_at) ON bank_accounts TO admin_role;
GRANT SELECT (user_id, removed_at), UPDATE (label, number_enc, number_bidx, last_four, bank_token, removed_at) ON bank_accounts TO definer_role;

GRANT SELECT, INSERT ON payments TO authenticated_user;
GRANT SELECT ON payments TO admin_role;
GRANT SELECT, INSERT, UPDATE (status, amount, transaction_id, return_transaction_id, failure, settled_at, updated_at) ON payments TO worker_role;

GRANT SELECT, INSERT, UPDATE (status, payment_id, problem, applied_at) ON bank_messages TO worker_role;
GRANT SELECT, UPDATE (status, payment_id, is_assigned, problem) ON bank_messages TO admin_role;

GRANT SELECT ON cash_limits, cash_settings TO authenticated_user, admin_role, worker_role;
GRANT INSERT, UPDATE ON cash_limits TO admin_role;
GRANT UPDATE (investors_record, updated_at) ON cash_settings TO admin_role;

GRANT SELECT, INSERT, UPDATE ON simulated_bank_payments, simulated_bank_messages TO worker_role;

-- With a person's key goes what names their accounts: the number is noise then, the rest goes here.
CREATE FUNCTION forget_bank_accounts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE bank_accounts SET label = NULL, number_enc = NULL, number_bidx = NULL, last_four = NULL, bank_token = NULL, removed_at = COALESCE(removed_at, now())
  WHERE user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_bank_accounts AFTER INSERT OR UPDATE OF destroyed_at ON person_keys FOR EACH ROW WHEN (NEW.destroyed_at IS NOT NULL)
  EXECUTE FUNCTION forget_bank_accounts();
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION forget_bank_accounts() OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
