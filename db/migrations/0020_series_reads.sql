-- What readers and the worker see of the series, the same on both engines. `trii migrate --series timescale` runs this file again, so all of it
-- may be run twice.

-- One aggregate of an instrument's own bars, none where it has no bar. PL/pgSQL, because its statement is then planned for these very bounds: inlined
-- into a view, it would open every partition of the series at every execution.
CREATE OR REPLACE FUNCTION aggregate_market_bars(p_instrument_id uuid, p_from timestamptz, p_to timestamptz)
RETURNS TABLE (open numeric, high numeric, low numeric, close numeric, volume numeric, avg_price numeric, data_points bigint)
LANGUAGE plpgsql STABLE COST 20000 ROWS 1 AS $$
BEGIN
  RETURN QUERY
  SELECT (array_agg(d.open ORDER BY d."timestamp"))[1], max(d.high), min(d.low), (array_agg(d.close ORDER BY d."timestamp" DESC))[1],
         sum(d.volume), avg(d.close), count(*)
  FROM public.market_data d
  WHERE d.instrument_id = p_instrument_id AND d."timestamp" >= p_from AND d."timestamp" < p_to
  HAVING count(*) > 0;
END $$;

-- What is stored for hours without a mark, the bars themselves for the others, what was kept of dropped bars: the newest minutes are always there.
-- ORDER BY in each branch, in the order of the keys read backwards: only so does the planner know that an instrument's newest bucket comes first, and
-- LIMIT 1 reads one row of each branch and aggregates at most one bucket.
CREATE OR REPLACE VIEW market_data_hourly WITH (security_invoker = true) AS
(SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, r.avg_price, r.data_points
FROM market_hourly_rollup r
WHERE NOT EXISTS (SELECT FROM market_hourly_marks m WHERE m.instrument_id = r.instrument_id AND m.bucket = r.bucket)
 ORDER BY r.instrument_id DESC, r.bucket DESC)
UNION ALL
(SELECT m.instrument_id, m.bucket, a.open, a.high, a.low, a.close, a.volume, a.avg_price, a.data_points
FROM (SELECT DISTINCT ON (instrument_id, bucket) instrument_id, bucket FROM market_hourly_marks ORDER BY instrument_id DESC, bucket DESC) m
CROSS JOIN LATERAL aggregate_market_bars(m.instrument_id, m.bucket, m.bucket + INTERVAL '1 hour') a
 ORDER BY m.instrument_id DESC, m.bucket DESC)
UNION ALL
SELECT k.instrument_id, k.bucket, k.open, k.high, k.low, k.close, k.volume, k.avg_price, k.data_points
FROM market_hourly_history k;

-- Days in UTC; market_data_by_day() answers for other time zones.
CREATE OR REPLACE VIEW market_intraday_daily WITH (security_invoker = true) AS
(SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, r.data_points
FROM market_daily_rollup r
WHERE NOT EXISTS (SELECT FROM market_daily_marks m WHERE m.instrument_id = r.instrument_id AND m.bucket = r.bucket)
 ORDER BY r.instrument_id DESC, r.bucket DESC)
UNION ALL
(SELECT m.instrument_id, m.bucket, a.open, a.high, a.low, a.close, a.volume, a.data_points
FROM (SELECT DISTINCT ON (instrument_id, bucket) instrument_id, bucket FROM market_daily_marks ORDER BY instrument_id DESC, bucket DESC) m
CROSS JOIN LATERAL aggregate_market_bars(m.instrument_id, m.bucket, m.bucket + INTERVAL '1 day') a
 ORDER BY m.instrument_id DESC, m.bucket DESC)
UNION ALL
SELECT k.instrument_id, k.bucket, k.open, k.high, k.low, k.close, k.volume, k.data_points
FROM market_daily_history k;

-- As 0015 has it, and explained there; the other engine's 0019 had to drop it.
CREATE OR REPLACE VIEW market_data_daily WITH (security_invoker = true) AS
SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, (r.close - r.open) / NULLIF(r.open, 0) * 100 AS daily_return_pct,
       (r.bucket AT TIME ZONE 'UTC')::date AS session_date
FROM market_intraday_daily r
UNION ALL
SELECT b.instrument_id, b.session_date::timestamp AT TIME ZONE 'UTC', b.open, b.high, b.low, b.close, b.volume,
       (b.close - b.open) / NULLIF(b.open, 0) * 100, b.session_date
FROM daily_bars b
WHERE NOT EXISTS (SELECT FROM market_intraday_daily r WHERE r.instrument_id = b.instrument_id AND r.bucket = b.session_date::timestamp AT TIME ZONE 'UTC');

DROP FUNCTION IF EXISTS aggregate_market_hour(uuid, timestamptz);
DROP TABLE IF EXISTS market_rollup_marks;

-- Days of a time zone, of the intraday bars alone, both dates included. From the hourly rollup; an hour that a midnight of the zone cuts (zones of half
-- and quarter hours) is taken apart from its bars. Where retention has dropped those bars nobody can say: refused as TR012. bucket is the day's
-- first instant; a day that clocks make longer or shorter is as long as it was there.
CREATE OR REPLACE FUNCTION market_data_by_day(p_instrument_id uuid, p_from date, p_to date, p_time_zone text)
RETURNS TABLE (session_date date, bucket timestamptz, open numeric, high numeric, low numeric, close numeric, volume numeric, data_points bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  first_instant timestamptz := p_from::timestamp AT TIME ZONE p_time_zone;
  end_instant timestamptz := (p_to + 1)::timestamp AT TIME ZONE p_time_zone;
  first_hour timestamptz := date_bin('1 hour', first_instant, TIMESTAMPTZ '2000-01-01 00:00:00+00');
BEGIN
  IF p_to - p_from > 3660 THEN RAISE EXCEPTION 'at most 3660 days a call' USING ERRCODE = 'TR011'; END IF;
  IF EXISTS (
    SELECT FROM market_hourly_history k
    WHERE k.instrument_id = p_instrument_id AND k.bucket >= first_hour AND k.bucket < end_instant
      AND (k.bucket AT TIME ZONE p_time_zone)::date <> ((k.bucket + INTERVAL '3599999999 microseconds') AT TIME ZONE p_time_zone)::date
  ) THEN
    RAISE EXCEPTION 'days of % cut hours whose bars were dropped by retention', p_time_zone
      USING ERRCODE = 'TR012', HINT = 'Ask for a time zone whose midnight is a full hour in UTC, or for later days.';
  END IF;
  RETURN QUERY
  WITH hours AS MATERIALIZED (
    SELECT h.*, (h.bucket AT TIME ZONE p_time_zone)::date AS first_day, ((h.bucket + INTERVAL '3599999999 microseconds') AT TIME ZONE p_time_zone)::date AS last_day
    FROM market_data_hourly h WHERE h.instrument_id = p_instrument_id AND h.bucket >= first_hour AND h.bucket < end_instant
  ), pieces AS (
    SELECT h.first_day AS day, h.bucket AS starts, h.open, h.high, h.low, h.close, h.volume, h.data_points FROM hours h WHERE h.first_day = h.last_day
    UNION ALL
    SELECT e.day, e.starts, a.open, a.high, a.low, a.close, a.volume, a.data_points
    FROM hours h
    CROSS JOIN LATERAL (VALUES (h.first_day, h.bucket, h.last_day::timestamp AT TIME ZONE p_time_zone),
                               (h.last_day, h.last_day::timestamp AT TIME ZONE p_time_zone, h.bucket + INTERVAL '1 hour')) AS e (day, starts, ends)
    CROSS JOIN LATERAL aggregate_market_bars(p_instrument_id, e.starts, e.ends) a
    WHERE h.first_day <> h.last_day
  )
  SELECT p.day, p.day::timestamp AT TIME ZONE p_time_zone, (array_agg(p.open ORDER BY p.starts))[1], max(p.high), min(p.low),
         (array_agg(p.close ORDER BY p.starts DESC))[1], sum(p.volume), sum(p.data_points)::bigint
  FROM pieces p WHERE p.day BETWEEN p_from AND p_to GROUP BY p.day ORDER BY p.day;
END $$;

-- Drops the parts of a series that ended before what series_retention keeps, oldest first, at most p_limit of each table a call, and says what was
-- dropped. In one transaction with the rollups of market_data's part moving into the history: there is no moment, and no crash, in between.
-- Who reads for too long is not waited for: that table's parts are for the next call.
CREATE OR REPLACE FUNCTION drop_expired_series(p_limit integer DEFAULT 20)
RETURNS TABLE (table_name text, first_day date, dropped_rows bigint, kept_hours bigint) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  kept record;
  expired record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  FOR kept IN SELECT r.table_name AS name, now() - r.keep AS since FROM series_retention r ORDER BY r.table_name LOOP
    FOR expired IN SELECT * FROM series_parts(kept.name) s WHERE s.range_end <= kept.since ORDER BY s.range_end LIMIT p_limit LOOP
      BEGIN
        -- Writers wait from here on, and then find the day refused.
        EXECUTE format('LOCK TABLE ONLY %I IN EXCLUSIVE MODE', kept.name);
        EXECUTE format('SELECT count(*) FROM %I WHERE "timestamp" >= %L AND "timestamp" < %L', kept.name, expired.range_start, expired.range_end) INTO dropped_rows;
        kept_hours := 0;
        IF kept.name = 'market_data' THEN kept_hours := keep_market_history(expired.range_start, expired.range_end); END IF;
        PERFORM drop_series_part(kept.name, expired.part);
        UPDATE series_retention r SET dropped_before = GREATEST(r.dropped_before, expired.range_end) WHERE r.table_name = kept.name;
      EXCEPTION WHEN lock_not_available THEN
        RAISE WARNING 'expired parts of % are in use: the next call drops them', kept.name;
        EXIT;
      END;
      table_name := kept.name;
      first_day := (expired.range_start AT TIME ZONE 'UTC')::date;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;

-- Moves the rollups of a range, marked hours included, into the history. Returns how many hours.
CREATE OR REPLACE FUNCTION keep_market_history(p_from timestamptz, p_to timestamptz) RETURNS bigint LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  hours bigint;
BEGIN
  INSERT INTO market_hourly_history SELECT h.* FROM market_data_hourly h WHERE h.bucket >= p_from AND h.bucket < p_to ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS hours = ROW_COUNT;
  INSERT INTO market_daily_history SELECT d.* FROM market_intraday_daily d WHERE d.bucket >= p_from AND d.bucket < p_to ON CONFLICT DO NOTHING;
  DELETE FROM market_hourly_marks WHERE bucket >= p_from AND bucket < p_to;
  DELETE FROM market_daily_marks WHERE bucket >= p_from AND bucket < p_to;
  PERFORM forget_market_rollups(p_from, p_to);
  RETURN hours;
END $$;

GRANT SELECT ON market_data, order_book, technical_indicators, market_data_hourly, market_intraday_daily, market_data_daily, market_hourly_rollup, market_daily_rollup,
  market_hourly_marks, market_daily_marks, market_hourly_history, market_daily_history, series_retention TO authenticated_user, admin_role, worker_role;
GRANT INSERT, UPDATE ON market_data TO worker_role;
GRANT INSERT, DELETE ON market_hourly_marks, market_daily_marks TO worker_role;
GRANT EXECUTE ON FUNCTION aggregate_market_bars(uuid, timestamptz, timestamptz), market_data_by_day(uuid, date, date, text) TO authenticated_user, admin_role, worker_role;
GRANT EXECUTE ON FUNCTION mark_market_rollups(), market_rollups_due(), refresh_market_rollups(integer), drop_expired_series(integer),
  prepare_series_days(text, date[]) TO worker_role;
GRANT EXECUTE ON FUNCTION series_engine() TO anonymous_role, authenticated_user, admin_role, worker_role, definer_role;
