-- cash_balance, reserved_cash, invested_amount and realized_pnl are projections of postings: only the ledger trigger writes them.
-- All amounts are in base_currency.
CREATE TABLE portfolios (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  name text NOT NULL,
  description text,
  total_value numeric(20,8) NOT NULL DEFAULT 0,
  cash_balance numeric(20,8) NOT NULL DEFAULT 0,
  invested_amount numeric(20,8) NOT NULL DEFAULT 0,
  unrealized_pnl numeric(20,8) NOT NULL DEFAULT 0,
  realized_pnl numeric(20,8) NOT NULL DEFAULT 0,
  allocation_target jsonb NOT NULL DEFAULT '{}',
  allocation_current jsonb NOT NULL DEFAULT '{}',
  auto_rebalance_enabled boolean NOT NULL DEFAULT false,
  rebalance_threshold numeric(7,4),
  status portfolio_status NOT NULL DEFAULT 'ACTIVE',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  base_currency char(3) NOT NULL DEFAULT 'USD',
  opened_on date NOT NULL,
  reserved_cash numeric(20,8) NOT NULL DEFAULT 0,
  last_entry_date date,
  snapshots_dirty_from date,
  CONSTRAINT portfolios_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  -- What every tenant table's composite foreign key points to: a row can only belong to its portfolio's owner.
  CONSTRAINT portfolios_id_user_id_unique UNIQUE (id, user_id),
  CONSTRAINT portfolios_cash_balance_not_negative CHECK (cash_balance >= 0),
  CONSTRAINT portfolios_reserved_cash_not_negative CHECK (reserved_cash >= 0),
  CONSTRAINT portfolios_rebalance_threshold_not_negative CHECK (rebalance_threshold >= 0)
);
CREATE INDEX idx_portfolios_user_id ON portfolios (user_id) WHERE status = 'ACTIVE';
-- The partial one cannot serve the row-level security predicate, which names no status.
CREATE INDEX idx_portfolios_owner ON portfolios (user_id);
CREATE INDEX idx_portfolios_snapshots_dirty ON portfolios (id) WHERE snapshots_dirty_from IS NOT NULL;

CREATE TABLE positions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  instrument_id uuid NOT NULL,
  quantity numeric(28,8) NOT NULL DEFAULT 0,
  avg_cost numeric(20,8) NOT NULL DEFAULT 0,
  current_price numeric(20,8),
  current_value numeric(20,8),
  unrealized_pnl numeric(20,8),
  allocation_percentage numeric(7,4),
  opened_at timestamptz NOT NULL DEFAULT now(),
  last_updated timestamptz NOT NULL DEFAULT now(),
  cost_basis numeric(28,8) NOT NULL DEFAULT 0,
  reserved_quantity numeric(28,8) NOT NULL DEFAULT 0,
  CONSTRAINT idx_positions_portfolio_instrument UNIQUE (portfolio_id, instrument_id),
  CONSTRAINT positions_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT positions_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT positions_quantity_not_negative CHECK (quantity >= 0),
  CONSTRAINT positions_reserved_quantity_not_negative CHECK (reserved_quantity >= 0)
);
CREATE INDEX idx_positions_user_id ON positions (user_id);
CREATE INDEX idx_positions_instrument_id ON positions (instrument_id);

-- The ledger: one INSERT statement per transaction, zero-sum per asset, never changed afterwards.
CREATE TABLE postings (
  id uuid PRIMARY KEY,
  transaction_id uuid NOT NULL,
  line smallint NOT NULL,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  account ledger_account NOT NULL,
  currency_code char(3),
  instrument_id uuid,
  amount numeric(28,8) NOT NULL,
  -- Signed change of the open position's cost, in the portfolio's base currency; holding lines only.
  cost_basis numeric(28,8),
  realized_pnl numeric(28,8),
  kind ledger_kind NOT NULL,
  effective_date date NOT NULL,
  trade_id uuid,
  reverses_transaction_id uuid,
  memo text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT postings_transaction_id_line_unique UNIQUE (transaction_id, line),
  CONSTRAINT postings_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT postings_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT postings_one_asset CHECK ((currency_code IS NULL) <> (instrument_id IS NULL)),
  CONSTRAINT postings_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT postings_cost_on_holding CHECK ((cost_basis IS NULL AND realized_pnl IS NULL) OR (account = 'holding' AND instrument_id IS NOT NULL))
);
CREATE INDEX idx_postings_portfolio_date ON postings (portfolio_id, effective_date);
CREATE INDEX idx_postings_trade_id ON postings (trade_id) WHERE trade_id IS NOT NULL;
-- A transaction can be reversed once: its reversal repeats its line numbers.
CREATE UNIQUE INDEX idx_postings_reversal ON postings (reverses_transaction_id, line) WHERE reverses_transaction_id IS NOT NULL;

CREATE TABLE holds (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  currency_code char(3),
  instrument_id uuid,
  amount numeric(28,8) NOT NULL,
  consumed_amount numeric(28,8) NOT NULL DEFAULT 0,
  status hold_status NOT NULL DEFAULT 'ACTIVE',
  reason text NOT NULL,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT holds_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT holds_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT holds_one_asset CHECK ((currency_code IS NULL) <> (instrument_id IS NULL)),
  CONSTRAINT holds_amount_positive CHECK (amount > 0),
  CONSTRAINT holds_consumed_within_amount CHECK (consumed_amount >= 0 AND consumed_amount <= amount)
);
CREATE INDEX idx_holds_user_id ON holds (user_id);
CREATE INDEX idx_holds_portfolio_active ON holds (portfolio_id) WHERE status = 'ACTIVE';
CREATE INDEX idx_holds_expiry ON holds (expires_at) WHERE status = 'ACTIVE';
