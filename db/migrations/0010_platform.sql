-- No foreign keys here: audit rows and events outlive what they tell of.
CREATE TABLE audit_logs (
  id uuid NOT NULL,
  user_id uuid,
  entity_type text NOT NULL,
  entity_id uuid,
  action text NOT NULL,
  old_values jsonb,
  new_values jsonb,
  ip_address inet,
  user_agent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  use_case text NOT NULL,
  outcome text NOT NULL,
  request_id text,
  PRIMARY KEY (id, created_at),
  CONSTRAINT audit_logs_outcome_known CHECK (outcome IN ('ok', 'refused', 'denied'))
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_audit_logs_user_date ON audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_entity_date ON audit_logs (entity_type, entity_id, created_at DESC);

CREATE TABLE outbox (
  id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  aggregate_type text NOT NULL,
  aggregate_id uuid NOT NULL,
  name text NOT NULL,
  payload jsonb NOT NULL,
  user_id uuid,
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_outbox_aggregate ON outbox (aggregate_id, sequence);

CREATE TABLE deliveries (
  event_id uuid NOT NULL,
  job_name text NOT NULL,
  -- With event_id the outbox row's key, so that a look-up prunes to one partition.
  event_created_at timestamptz NOT NULL,
  user_id uuid,
  status delivery_status NOT NULL DEFAULT 'pending',
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  relayed_at timestamptz,
  done_at timestamptz,
  last_error text,
  PRIMARY KEY (event_id, job_name)
);
CREATE INDEX idx_deliveries_pending ON deliveries (created_at) WHERE status = 'pending';
CREATE INDEX idx_deliveries_relayed ON deliveries (relayed_at) WHERE status = 'relayed';
CREATE INDEX idx_deliveries_dead ON deliveries (created_at) WHERE status = 'dead';

-- One answer per (actor, use case, key). created_at is in the key because the table is partitioned by it: the executor takes an advisory
-- lock on the first three, looks, and only then inserts.
CREATE TABLE idempotency (
  actor text NOT NULL,
  use_case text NOT NULL,
  key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  user_id uuid,
  input_hash bytea NOT NULL,
  outcome text NOT NULL,
  answer jsonb,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (actor, use_case, key, created_at)
) PARTITION BY RANGE (created_at);

CREATE TABLE batch_progress (
  job_name text NOT NULL,
  shard text NOT NULL,
  run_key text NOT NULL,
  cursor jsonb,
  status text NOT NULL DEFAULT 'running',
  chunks integer NOT NULL DEFAULT 0,
  rows bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (job_name, shard, run_key),
  CONSTRAINT batch_progress_status_known CHECK (status IN ('running', 'done'))
);

-- The business date the platform values at; NULL follows the system's clock. The demo sets it to its last common bar.
CREATE TABLE valuation_clock (
  singleton boolean PRIMARY KEY DEFAULT true,
  valuation_date date,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT valuation_clock_one_row CHECK (singleton)
);
INSERT INTO valuation_clock DEFAULT VALUES;
