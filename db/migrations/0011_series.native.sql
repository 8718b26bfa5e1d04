-- Series engine "native": declarative partitions, and rollups kept up from what changed. The other engine is 0011_series.timescale.sql;
-- relation and column names are the same. None of these has a foreign key (COPY speed) or row-level security (public data).
CREATE FUNCTION series_engine() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'native'::text $$;

-- Intraday bars. Daily history belongs into daily_bars.
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
) PARTITION BY RANGE ("timestamp");

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
) PARTITION BY RANGE ("timestamp");

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
) PARTITION BY RANGE ("timestamp");

CREATE TABLE market_hourly_rollup (
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL,
  open numeric(20,8) NOT NULL,
  high numeric(20,8) NOT NULL,
  low numeric(20,8) NOT NULL,
  close numeric(20,8) NOT NULL,
  volume numeric NOT NULL,
  avg_price numeric NOT NULL,
  data_points bigint NOT NULL,
  PRIMARY KEY (instrument_id, bucket)
);

CREATE TABLE market_daily_rollup (
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL,
  open numeric(20,8) NOT NULL,
  high numeric(20,8) NOT NULL,
  low numeric(20,8) NOT NULL,
  close numeric(20,8) NOT NULL,
  volume numeric NOT NULL,
  data_points bigint NOT NULL,
  PRIMARY KEY (instrument_id, bucket)
);

-- Hours whose bars changed since their rollup was written. Append-only on purpose: a mark commits with its bars, so a refresh that has seen
-- the mark sees the bars; one shared row per hour would let a refresh delete the mark of bars it cannot see yet.
CREATE TABLE market_rollup_marks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL
);
CREATE INDEX idx_market_rollup_marks_bucket ON market_rollup_marks (instrument_id, bucket);

CREATE FUNCTION mark_market_rollups() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO market_rollup_marks (instrument_id, bucket)
  SELECT DISTINCT instrument_id, date_bin('1 hour', "timestamp", TIMESTAMPTZ '2000-01-01 00:00:00+00') FROM changed_rows;
  RETURN NULL;
END $$;
CREATE TRIGGER mark_inserted AFTER INSERT ON market_data REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_market_rollups();
CREATE TRIGGER mark_updated AFTER UPDATE ON market_data REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_market_rollups();
CREATE TRIGGER mark_deleted AFTER DELETE ON market_data REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_market_rollups();

CREATE FUNCTION aggregate_market_hour(p_instrument_id uuid, p_bucket timestamptz)
RETURNS TABLE (open numeric, high numeric, low numeric, close numeric, volume numeric, avg_price numeric, data_points bigint)
LANGUAGE sql STABLE AS $$
  SELECT (array_agg(d.open ORDER BY d."timestamp"))[1], max(d.high), min(d.low), (array_agg(d.close ORDER BY d."timestamp" DESC))[1],
         sum(d.volume), avg(d.close), count(*)
  FROM market_data d
  WHERE d.instrument_id = p_instrument_id AND d."timestamp" >= p_bucket AND d."timestamp" < p_bucket + INTERVAL '1 hour'
  HAVING count(*) > 0
$$;

-- What is stored for hours without a mark, the bars themselves for the others: the newest minutes are always there.
CREATE VIEW market_data_hourly WITH (security_invoker = true) AS
SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, r.avg_price, r.data_points
FROM market_hourly_rollup r
WHERE NOT EXISTS (SELECT FROM market_rollup_marks m WHERE m.instrument_id = r.instrument_id AND m.bucket = r.bucket)
UNION ALL
SELECT m.instrument_id, m.bucket, a.open, a.high, a.low, a.close, a.volume, a.avg_price, a.data_points
FROM (SELECT DISTINCT instrument_id, bucket FROM market_rollup_marks) m
CROSS JOIN LATERAL aggregate_market_hour(m.instrument_id, m.bucket) a;

CREATE VIEW market_intraday_daily WITH (security_invoker = true) AS
SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, r.data_points
FROM market_daily_rollup r
WHERE NOT EXISTS (
  SELECT FROM market_rollup_marks m
  WHERE m.instrument_id = r.instrument_id AND m.bucket >= r.bucket AND m.bucket < r.bucket + INTERVAL '1 day'
)
UNION ALL
SELECT d.instrument_id, d.bucket, h.open, h.high, h.low, h.close, h.volume, h.data_points
FROM (SELECT DISTINCT instrument_id, date_bin('1 day', bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bucket FROM market_rollup_marks) d
CROSS JOIN LATERAL (
  SELECT (array_agg(x.open ORDER BY x.bucket))[1] AS open, max(x.high) AS high, min(x.low) AS low,
         (array_agg(x.close ORDER BY x.bucket DESC))[1] AS close, sum(x.volume) AS volume, sum(x.data_points)::bigint AS data_points
  FROM market_data_hourly x
  WHERE x.instrument_id = d.instrument_id AND x.bucket >= d.bucket AND x.bucket < d.bucket + INTERVAL '1 day'
  HAVING count(*) > 0
) h;

-- Brings at most p_limit marked hours, and their days, up to date. Returns how many hours it took; call it until it returns 0.
CREATE FUNCTION refresh_market_rollups(p_limit integer DEFAULT 1000) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ids uuid[];
  hours timestamptz[];
BEGIN
  -- One refresh at a time: of two that read the same hour at different moments, the older answer could be stored last.
  PERFORM pg_advisory_xact_lock(hashtext('refresh_market_rollups'));
  WITH marked AS (SELECT DISTINCT instrument_id, bucket FROM market_rollup_marks ORDER BY instrument_id, bucket LIMIT p_limit),
  taken AS (DELETE FROM market_rollup_marks m USING marked WHERE m.instrument_id = marked.instrument_id AND m.bucket = marked.bucket)
  SELECT array_agg(instrument_id), array_agg(bucket) INTO ids, hours FROM marked;
  IF ids IS NULL THEN RETURN 0; END IF;

  -- Statements of their own: their snapshots are newer than the marks taken above.
  DELETE FROM market_hourly_rollup r USING unnest(ids, hours) AS h (instrument_id, bucket) WHERE r.instrument_id = h.instrument_id AND r.bucket = h.bucket;
  INSERT INTO market_hourly_rollup
  SELECT h.instrument_id, h.bucket, a.* FROM unnest(ids, hours) AS h (instrument_id, bucket) CROSS JOIN LATERAL aggregate_market_hour(h.instrument_id, h.bucket) a;

  DELETE FROM market_daily_rollup r USING unnest(ids, hours) AS h (instrument_id, bucket)
  WHERE r.instrument_id = h.instrument_id AND r.bucket = date_bin('1 day', h.bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00');
  INSERT INTO market_daily_rollup
  SELECT d.instrument_id, d.bucket, (array_agg(x.open ORDER BY x.bucket))[1], max(x.high), min(x.low), (array_agg(x.close ORDER BY x.bucket DESC))[1],
         sum(x.volume), sum(x.data_points)
  FROM (SELECT DISTINCT instrument_id, date_bin('1 day', bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bucket FROM unnest(ids, hours) AS h (instrument_id, bucket)) d
  JOIN market_hourly_rollup x ON x.instrument_id = d.instrument_id AND x.bucket >= d.bucket AND x.bucket < d.bucket + INTERVAL '1 day'
  GROUP BY d.instrument_id, d.bucket;
  RETURN cardinality(ids);
END $$;

-- Whether a refresh would find work, told without a lock.
CREATE FUNCTION market_rollups_due() RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$ SELECT EXISTS (SELECT 1 FROM market_rollup_marks) $$;
