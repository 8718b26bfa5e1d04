-- Runs in a migration, and in `trii migrate --series timescale` after 0011 of this engine.
-- TimescaleDB engine: the continuous aggregates become what the native engine's rollup tables are, under their names, and the marks of 0018 tell
-- which of their buckets are out of date. So late and corrected bars count at once, and are materialised by refreshing just their windows.
ALTER MATERIALIZED VIEW market_data_hourly RENAME TO market_hourly_rollup;
DROP VIEW IF EXISTS market_data_daily;
ALTER MATERIALIZED VIEW market_intraday_daily RENAME TO market_daily_rollup;
ALTER MATERIALIZED VIEW market_hourly_rollup SET (timescaledb.materialized_only = true);
ALTER MATERIALIZED VIEW market_daily_rollup SET (timescaledb.materialized_only = true);

-- As specified. What changes outside these windows is refreshed by its marks.
SELECT remove_continuous_aggregate_policy('market_hourly_rollup', if_exists => true);
SELECT add_continuous_aggregate_policy('market_hourly_rollup', start_offset => INTERVAL '1 day', end_offset => INTERVAL '10 minutes', schedule_interval => INTERVAL '10 minutes');
SELECT remove_continuous_aggregate_policy('market_daily_rollup', if_exists => true);
SELECT add_continuous_aggregate_policy('market_daily_rollup', start_offset => INTERVAL '3 days', end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour');
-- Retention is drop_expired_series(): a policy would drop chunks whose rollups are not kept yet, and tell nobody.
SELECT remove_retention_policy('market_data', if_exists => true);
SELECT remove_retention_policy('order_book', if_exists => true);
SELECT remove_retention_policy('technical_indicators', if_exists => true);

CREATE TRIGGER mark_inserted AFTER INSERT ON market_data REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_market_rollups();
CREATE TRIGGER mark_updated AFTER UPDATE ON market_data REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_market_rollups();
CREATE TRIGGER mark_deleted AFTER DELETE ON market_data FOR EACH ROW EXECUTE FUNCTION mark_market_rollups();
-- What is not materialised yet is not known here: everything is marked once.
INSERT INTO market_hourly_marks (instrument_id, bucket) SELECT DISTINCT instrument_id, time_bucket('1 hour', "timestamp") FROM market_data;
INSERT INTO market_daily_marks (instrument_id, bucket) SELECT DISTINCT instrument_id, time_bucket('1 day', "timestamp") FROM market_data;

-- Refreshes the windows that marks name, one UTC day at a time and at most 400 a run, as the aggregates' owner: no serving role may. TimescaleDB's
-- scheduler calls it every minute. A mark is deleted after its window was refreshed, and only if it was seen before: until then, and again if bars
-- came meanwhile, the views aggregate the bars themselves. The running day, whose every bar so far
-- a refresh reads, waits for minutes that `running_day_minutes` of the job divides; called by hand without one, it does not.
CREATE OR REPLACE PROCEDURE refresh_marked_rollups(job_id integer DEFAULT NULL, config jsonb DEFAULT NULL) LANGUAGE plpgsql AS $$
DECLARE
  windows_left integer := 400;
  after_day timestamptz := '-infinity';
  day timestamptz;
  first_hour timestamptz;
  end_hour timestamptz;
  ids bigint[];
BEGIN
  -- Of the session, since a transaction ends with every window; the session's end lets go, however it ends. Two jobs do not queue up, a person waits.
  IF config IS NULL THEN
    PERFORM pg_advisory_lock(hashtext('refresh_marked_rollups'));
  ELSIF NOT pg_try_advisory_lock(hashtext('refresh_marked_rollups')) THEN
    RETURN;
  END IF;
  WHILE windows_left > 0 LOOP
    windows_left := windows_left - 1;
    SELECT min(date_bin('1 day', m.bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00')) INTO day FROM public.market_hourly_marks m WHERE m.bucket >= after_day;
    EXIT WHEN day IS NULL;
    after_day := day + INTERVAL '1 day';
    SELECT array_agg(m.id), min(m.bucket), max(m.bucket) + INTERVAL '1 hour' INTO ids, first_hour, end_hour
    FROM public.market_hourly_marks m WHERE m.bucket >= day AND m.bucket < after_day;
    COMMIT;
    CALL public.refresh_continuous_aggregate('public.market_hourly_rollup', first_hour, end_hour);
    DELETE FROM public.market_hourly_marks m WHERE m.id = ANY (ids);
    COMMIT;
  END LOOP;
  after_day := '-infinity';
  WHILE windows_left > 0 LOOP
    windows_left := windows_left - 1;
    SELECT min(m.bucket) INTO day FROM public.market_daily_marks m WHERE m.bucket >= after_day;
    EXIT WHEN day IS NULL;
    after_day := day + INTERVAL '1 day';
    -- Days to come, too: a feed's clock may run ahead.
    EXIT WHEN after_day > now() AND extract(minute FROM now())::integer % (config ->> 'running_day_minutes')::integer <> 0;
    SELECT array_agg(m.id) INTO ids FROM public.market_daily_marks m WHERE m.bucket = day;
    COMMIT;
    CALL public.refresh_continuous_aggregate('public.market_daily_rollup', day, after_day);
    DELETE FROM public.market_daily_marks m WHERE m.id = ANY (ids);
    COMMIT;
  END LOOP;
  PERFORM pg_advisory_unlock(hashtext('refresh_marked_rollups'));
END $$;
SELECT add_job('refresh_marked_rollups', INTERVAL '1 minute', config => '{"running_day_minutes": 10}');

-- The same names as in the native engine, so that the job that calls them need not know which one it serves: here the scheduler does the work.
CREATE OR REPLACE FUNCTION market_rollups_due() RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT false $$;
CREATE OR REPLACE FUNCTION refresh_market_rollups(p_limit integer DEFAULT 1000) RETURNS integer LANGUAGE sql AS $$ SELECT 0 $$;

CREATE OR REPLACE FUNCTION series_parts(p_table text) RETURNS TABLE (part regclass, range_start timestamptz, range_end timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT format('%I.%I', c.chunk_schema, c.chunk_name)::regclass, c.range_start, c.range_end
  FROM timescaledb_information.chunks c WHERE c.hypertable_schema = 'public' AND c.hypertable_name = p_table
$$;

CREATE OR REPLACE FUNCTION drop_series_part(p_table text, p_part regclass) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  found record;
BEGIN
  SELECT * INTO STRICT found FROM series_parts(p_table) s WHERE s.part = p_part;
  PERFORM drop_chunks(format('public.%I', p_table)::regclass, older_than => found.range_end, newer_than => found.range_start);
END $$;

-- In the hypertable that holds what was materialised: a refresh would do the same, but not in the transaction that keeps the history.
CREATE OR REPLACE FUNCTION forget_market_rollups(p_from timestamptz, p_to timestamptz) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  materialized text;
BEGIN
  FOR materialized IN
    SELECT format('%I.%I', a.materialization_hypertable_schema, a.materialization_hypertable_name)
    FROM timescaledb_information.continuous_aggregates a WHERE a.view_schema = 'public' AND a.view_name IN ('market_hourly_rollup', 'market_daily_rollup')
  LOOP
    EXECUTE format('DELETE FROM %s WHERE bucket >= $1 AND bucket < $2', materialized) USING p_from, p_to;
  END LOOP;
END $$;

-- Chunks come by themselves.
CREATE OR REPLACE FUNCTION prepare_series_days(p_table text, p_days date[]) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$ SELECT 0 $$;
