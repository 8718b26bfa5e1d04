-- Returns, volatility and drawdown are fractions: 0.01 is 1 %. inflow and outflow are the external flows since the previous snapshot.
CREATE TABLE portfolio_snapshots (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  snapshot_date date NOT NULL,
  total_value numeric(20,8) NOT NULL,
  cash_balance numeric(20,8) NOT NULL,
  invested_amount numeric(20,8) NOT NULL,
  daily_return numeric(14,8),
  total_return numeric(14,8),
  volatility numeric(14,8),
  sharpe_ratio numeric(14,8),
  max_drawdown numeric(14,8),
  allocation_breakdown jsonb,
  performance_attribution jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  inflow numeric(20,8) NOT NULL DEFAULT 0,
  outflow numeric(20,8) NOT NULL DEFAULT 0,
  -- Some held instrument had no close in this session: the value carries an older price forward, and the day leaves no return.
  is_stale boolean NOT NULL DEFAULT false,
  PRIMARY KEY (id, snapshot_date),
  CONSTRAINT portfolio_snapshots_portfolio_id_snapshot_date_unique UNIQUE (portfolio_id, snapshot_date),
  CONSTRAINT portfolio_snapshots_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT portfolio_snapshots_stale_without_return CHECK (NOT is_stale OR daily_return IS NULL)
) PARTITION BY RANGE (snapshot_date);
CREATE INDEX idx_portfolio_snapshots_user_id ON portfolio_snapshots (user_id);

CREATE TABLE rebalance_events (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  portfolio_id uuid NOT NULL,
  trigger_type rebalance_trigger NOT NULL,
  old_allocation jsonb NOT NULL,
  new_allocation jsonb NOT NULL,
  trades_executed jsonb NOT NULL DEFAULT '[]',
  total_cost numeric(20,8),
  completed_successfully boolean,
  started_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  CONSTRAINT rebalance_events_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id)
);
CREATE INDEX idx_rebalance_events_user_id ON rebalance_events (user_id);
CREATE INDEX idx_rebalance_events_portfolio_date ON rebalance_events (portfolio_id, started_at DESC);

CREATE TABLE compliance_checks (
  id uuid NOT NULL,
  user_id uuid NOT NULL,
  portfolio_id uuid,
  check_type text NOT NULL,
  status compliance_status NOT NULL,
  check_details jsonb NOT NULL DEFAULT '{}',
  violation_reason text,
  checked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, checked_at),
  CONSTRAINT compliance_checks_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT compliance_checks_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id)
) PARTITION BY RANGE (checked_at);
CREATE INDEX idx_compliance_checks_user_date ON compliance_checks (user_id, checked_at DESC);

CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  type notification_type NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  priority notification_priority NOT NULL DEFAULT 'MEDIUM',
  is_read boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz,
  CONSTRAINT notifications_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX idx_notifications_user_date ON notifications (user_id, created_at DESC);
CREATE INDEX idx_notifications_unread ON notifications (user_id, created_at DESC) WHERE NOT is_read;

CREATE TABLE ml_models (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  version text NOT NULL,
  model_type ml_model_type NOT NULL,
  hyperparameters jsonb NOT NULL DEFAULT '{}',
  performance_metrics jsonb NOT NULL DEFAULT '{}',
  training_dataset_id text,
  trained_at timestamptz,
  is_active boolean NOT NULL DEFAULT false,
  is_production boolean NOT NULL DEFAULT false,
  CONSTRAINT ml_models_name_version_unique UNIQUE (name, version)
);

CREATE TABLE ml_predictions (
  id uuid PRIMARY KEY,
  instrument_id uuid NOT NULL,
  prediction_date timestamptz NOT NULL,
  target_date timestamptz NOT NULL,
  predicted_price numeric(20,8) NOT NULL,
  confidence_score numeric(5,4),
  model_name text NOT NULL,
  model_version text NOT NULL,
  features_used jsonb,
  model_metadata jsonb,
  actual_price numeric(20,8),
  prediction_error numeric(20,8),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ml_predictions_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT ml_predictions_model_name_model_version_foreign FOREIGN KEY (model_name, model_version) REFERENCES ml_models (name, version),
  CONSTRAINT ml_predictions_confidence_range CHECK (confidence_score >= 0 AND confidence_score <= 1)
);
CREATE INDEX idx_ml_predictions_instrument_date ON ml_predictions (instrument_id, prediction_date DESC);
-- The date stands in the key: a predicate with NOW() is not immutable, so the specified partial index cannot exist.
CREATE INDEX idx_ml_predictions_model ON ml_predictions (model_name, model_version, prediction_date DESC);

CREATE TABLE news_sentiment (
  id uuid PRIMARY KEY,
  instrument_id uuid NOT NULL,
  news_source text NOT NULL,
  headline text NOT NULL,
  content text,
  sentiment_score numeric(5,4),
  relevance_score numeric(5,4),
  sentiment_breakdown jsonb,
  published_at timestamptz NOT NULL,
  analyzed_at timestamptz,
  CONSTRAINT news_sentiment_instrument_id_foreign FOREIGN KEY (instrument_id) REFERENCES instruments (id),
  CONSTRAINT news_sentiment_sentiment_range CHECK (sentiment_score >= -1 AND sentiment_score <= 1),
  CONSTRAINT news_sentiment_relevance_range CHECK (relevance_score >= 0 AND relevance_score <= 1)
);
CREATE INDEX idx_news_sentiment_instrument_date ON news_sentiment (instrument_id, published_at DESC);
