CREATE TABLE trades (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  instrument_id uuid NOT NULL,
  -- Ours or the venue's. What the client sends is client_order_id: a globally unique client id would tell one investor about another's.
  order_id text NOT NULL,
  trade_type trade_type NOT NULL,
  order_type order_type NOT NULL,
  quantity numeric(28,8) NOT NULL,
  -- Average fill price; total_amount is without fees; fees are the venue's, commission is ours.
  price numeric(20,8),
  total_amount numeric(20,8),
  fees numeric(20,8) NOT NULL DEFAULT 0,
  commission numeric(20,8) NOT NULL DEFAULT 0,
  status trade_status NOT NULL DEFAULT 'PENDING',
  execution_venue text,
  order_placed_at timestamptz NOT NULL DEFAULT now(),
  executed_at timestamptz,
  cancel_reason text,
  order_state order_state NOT NULL DEFAULT 'NEW',
  client_order_id text,
  limit_price numeric(20,8),
  stop_price numeric(20,8),
  filled_quantity numeric(28,8) NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trades_order_id_unique UNIQUE (order_id),
  CONSTRAINT trades_user_id_client_order_id_unique UNIQUE (user_id, client_order_id),
  CONSTRAINT trades_id_user_id_unique UNIQUE (id, user_id),
  CONSTRAINT trades_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT trades_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT trades_quantity_positive CHECK (quantity > 0),
  CONSTRAINT trades_filled_within_quantity CHECK (filled_quantity >= 0 AND filled_quantity <= quantity),
  CONSTRAINT trades_costs_not_negative CHECK (fees >= 0 AND commission >= 0),
  CONSTRAINT trades_executed_has_price CHECK (status <> 'EXECUTED' OR (executed_at IS NOT NULL AND price IS NOT NULL))
);
CREATE INDEX idx_trades_portfolio_date ON trades (portfolio_id, executed_at DESC);
CREATE INDEX idx_trades_status_date ON trades (status, executed_at) WHERE status = 'EXECUTED';
CREATE INDEX idx_trades_pending ON trades (order_placed_at) WHERE status = 'PENDING';
CREATE INDEX idx_trades_instrument_id ON trades (instrument_id);

CREATE TABLE fills (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  trade_id uuid NOT NULL,
  quantity numeric(28,8) NOT NULL,
  price numeric(20,8) NOT NULL,
  fees numeric(20,8) NOT NULL DEFAULT 0,
  filled_at timestamptz NOT NULL,
  venue_fill_id text,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- A venue may report the same fill twice.
  CONSTRAINT fills_trade_id_venue_fill_id_unique UNIQUE (trade_id, venue_fill_id),
  CONSTRAINT fills_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT fills_trade_id_user_id_foreign FOREIGN KEY (trade_id, user_id) REFERENCES trades (id, user_id),
  CONSTRAINT fills_quantity_positive CHECK (quantity > 0),
  CONSTRAINT fills_price_not_negative CHECK (price >= 0 AND fees >= 0)
);
CREATE INDEX idx_fills_user_id ON fills (user_id);
CREATE INDEX idx_fills_portfolio_date ON fills (portfolio_id, filled_at DESC);

ALTER TABLE postings ADD CONSTRAINT postings_trade_id_user_id_foreign FOREIGN KEY (trade_id, user_id) REFERENCES trades (id, user_id);
