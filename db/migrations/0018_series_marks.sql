-- What both series engines share: marks of what changed, the rollups of bars that retention dropped, and how long raw series are kept.
-- The engines' own part is 0019, what readers see is 0020.

-- How long raw rows are kept; change `keep` to keep more or less. Everything before dropped_before is gone from the table for good:
-- market_data takes no bar there, since its hour could only be rolled up from part of its bars.
CREATE TABLE series_retention (
  table_name text PRIMARY KEY CHECK (table_name IN ('market_data', 'order_book', 'technical_indicators')),
  keep interval NOT NULL CHECK (keep >= INTERVAL '1 day'),
  dropped_before timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO series_retention (table_name, keep) VALUES ('market_data', '2 years'), ('order_book', '7 days'), ('technical_indicators', '2 years');

-- Hours and days whose bars changed since their rollup was written. Append-only on purpose: a mark commits with its bars, so a refresh that has
-- seen the mark sees the bars; one shared row per hour would let a refresh delete the mark of bars it cannot see yet.
-- Two tables, since hours and days are refreshed at different moments.
CREATE TABLE market_hourly_marks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL
);
CREATE INDEX idx_market_hourly_marks_bucket ON market_hourly_marks (instrument_id, bucket);
CREATE TABLE market_daily_marks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL
);
CREATE INDEX idx_market_daily_marks_bucket ON market_daily_marks (instrument_id, bucket);

-- The rollups of bars that retention dropped. A table of their own: TimescaleDB deletes what it rolled up when it refreshes a range whose bars are gone.
CREATE TABLE market_hourly_history (
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL,
  open numeric NOT NULL,
  high numeric NOT NULL,
  low numeric NOT NULL,
  close numeric NOT NULL,
  volume numeric NOT NULL,
  avg_price numeric NOT NULL,
  data_points bigint NOT NULL,
  PRIMARY KEY (instrument_id, bucket)
);
CREATE TABLE market_daily_history (
  instrument_id uuid NOT NULL,
  bucket timestamptz NOT NULL,
  open numeric NOT NULL,
  high numeric NOT NULL,
  low numeric NOT NULL,
  close numeric NOT NULL,
  volume numeric NOT NULL,
  data_points bigint NOT NULL,
  PRIMARY KEY (instrument_id, bucket)
);

-- Marks what a statement touched. A deleted row's trigger is per row on TimescaleDB, which knows no transition table for DELETE.
CREATE OR REPLACE FUNCTION mark_market_rollups() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  oldest timestamptz;
  dropped timestamptz;
BEGIN
  IF TG_LEVEL = 'ROW' THEN
    INSERT INTO market_hourly_marks (instrument_id, bucket) VALUES (OLD.instrument_id, date_bin('1 hour', OLD."timestamp", TIMESTAMPTZ '2000-01-01 00:00:00+00'));
    INSERT INTO market_daily_marks (instrument_id, bucket) VALUES (OLD.instrument_id, date_bin('1 day', OLD."timestamp", TIMESTAMPTZ '2000-01-01 00:00:00+00'));
    RETURN NULL;
  END IF;
  WITH hours AS (SELECT DISTINCT instrument_id, date_bin('1 hour', "timestamp", TIMESTAMPTZ '2000-01-01 00:00:00+00') AS bucket FROM changed_rows),
  hourly AS (INSERT INTO market_hourly_marks (instrument_id, bucket) SELECT instrument_id, bucket FROM hours),
  daily AS (
    INSERT INTO market_daily_marks (instrument_id, bucket)
    SELECT DISTINCT instrument_id, date_bin('1 day', bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00') FROM hours
  )
  SELECT min(bucket) INTO oldest FROM hours;
  SELECT r.dropped_before INTO STRICT dropped FROM series_retention r WHERE r.table_name = 'market_data';
  IF oldest < dropped THEN
    RAISE EXCEPTION 'intraday bars before % were dropped by retention and only their rollups are kept', dropped
      USING ERRCODE = 'TR010', HINT = 'Import daily bars of those days instead.';
  END IF;
  RETURN NULL;
END $$;
