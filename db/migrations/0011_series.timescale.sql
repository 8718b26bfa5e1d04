-- Series engine "timescale": hypertables, continuous aggregates, columnstore and retention. The other engine is 0011_series.native.sql;
-- relation and column names are the same. TimescaleDB refuses row-level security together with columnstore or continuous aggregates: these
-- are public data and carry none. No foreign key points to or from a hypertable: it would block drop_chunks and cost COPY's speed.
CREATE FUNCTION series_engine() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'timescale'::text $$;

CREATE TABLE market_data (
  instrument_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  open numeric(20,8) NOT NULL,
  high numeric(20,8) NOT NULL,
  low numeric(20,8) NOT NULL,
  close numeric(20,8) NOT NULL,
  volume numeric(20,8) NOT NULL,
  vwap numeric(20,8),
  trade_count integer,
  created_at timestamptz DEFAULT now(),
  PRIMARY KEY (instrument_id, "timestamp")
);

CREATE TABLE order_book (
  instrument_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  bids jsonb NOT NULL,
  asks jsonb NOT NULL,
  best_bid numeric(20,8),
  best_ask numeric(20,8),
  spread numeric(20,8) GENERATED ALWAYS AS (best_ask - best_bid) STORED,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (instrument_id, "timestamp")
);

CREATE TABLE technical_indicators (
  id uuid NOT NULL,
  instrument_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  indicator_type text NOT NULL,
  indicator_values jsonb NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}',
  calculated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, "timestamp"),
  CONSTRAINT technical_indicators_series_unique UNIQUE (instrument_id, indicator_type, "timestamp", parameters)
);

SELECT create_hypertable('market_data', 'timestamp', chunk_time_interval => INTERVAL '1 day', create_default_indexes => false);
SELECT create_hypertable('order_book', 'timestamp', chunk_time_interval => INTERVAL '1 day', create_default_indexes => false);
SELECT create_hypertable('technical_indicators', 'timestamp', chunk_time_interval => INTERVAL '1 month', create_default_indexes => false);

SELECT add_retention_policy('market_data', INTERVAL '2 years', if_not_exists => true);
SELECT add_retention_policy('order_book', INTERVAL '7 days', if_not_exists => true);
SELECT add_retention_policy('technical_indicators', INTERVAL '2 years', if_not_exists => true);

ALTER TABLE market_data SET (timescaledb.compress, timescaledb.compress_orderby = '"timestamp" DESC', timescaledb.compress_segmentby = 'instrument_id');
SELECT add_compression_policy('market_data', INTERVAL '7 days', if_not_exists => true);

-- WITH NO DATA: the other form cannot run inside a migration's transaction. materialized_only = false: else the newest minutes are missing.
-- A policy refreshes what has changed within its window, and nothing ever refreshes what changed outside: bars that are imported or corrected
-- late would not reach a rollup. The window ends a month before retention drops bars: a refresh there would delete what was rolled up of them.
CREATE MATERIALIZED VIEW market_data_hourly WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT instrument_id, time_bucket('1 hour', "timestamp") AS bucket, first(open, "timestamp") AS open, max(high) AS high, min(low) AS low,
       last(close, "timestamp") AS close, sum(volume) AS volume, avg(close) AS avg_price, count(*) AS data_points
FROM market_data
GROUP BY instrument_id, bucket
WITH NO DATA;
SELECT add_continuous_aggregate_policy('market_data_hourly', start_offset => INTERVAL '23 months', end_offset => INTERVAL '10 minutes', schedule_interval => INTERVAL '10 minutes');

CREATE MATERIALIZED VIEW market_intraday_daily WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT instrument_id, time_bucket('1 day', "timestamp") AS bucket, first(open, "timestamp") AS open, max(high) AS high, min(low) AS low,
       last(close, "timestamp") AS close, sum(volume) AS volume, count(*) AS data_points
FROM market_data
GROUP BY instrument_id, bucket
WITH NO DATA;
SELECT add_continuous_aggregate_policy('market_intraday_daily', start_offset => INTERVAL '23 months', end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour');

-- The scheduler refreshes; the same name as in the native engine, so that the job that calls it need not know which one it serves.
CREATE FUNCTION market_rollups_due() RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT false $$;
CREATE FUNCTION refresh_market_rollups(p_limit integer DEFAULT 1000) RETURNS integer LANGUAGE sql AS $$ SELECT 0 $$;
