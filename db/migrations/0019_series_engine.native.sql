-- Native engine: rollup tables written by refresh_market_rollups(), partitions dropped one by one. See 0018 and 0020.
INSERT INTO market_hourly_marks (instrument_id, bucket) SELECT DISTINCT instrument_id, bucket FROM market_rollup_marks;
INSERT INTO market_daily_marks (instrument_id, bucket)
SELECT DISTINCT instrument_id, date_bin('1 day', bucket, TIMESTAMPTZ '2000-01-01 00:00:00+00') FROM market_rollup_marks;

-- Brings at most p_limit marked hours up to date, oldest first, then the days that have no marked hour left. Returns how many hours and days it took;
-- call it until it returns 0. One refresh at a time: of two that read the same hour at different moments, the older answer could be stored last.
-- Whoever comes second finds 0: the first one takes its marks, or the next call does.
CREATE OR REPLACE FUNCTION refresh_market_rollups(p_limit integer DEFAULT 1000) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ids uuid[];
  buckets timestamptz[];
  first_bucket timestamptz;
  end_bucket timestamptz;
  taken integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('refresh_market_rollups')) THEN RETURN 0; END IF;
  WITH marked AS (SELECT DISTINCT instrument_id, bucket FROM market_hourly_marks ORDER BY bucket, instrument_id LIMIT p_limit),
  gone AS (DELETE FROM market_hourly_marks m USING marked WHERE m.instrument_id = marked.instrument_id AND m.bucket = marked.bucket)
  SELECT array_agg(instrument_id), array_agg(bucket), min(bucket), max(bucket) + INTERVAL '1 hour' INTO ids, buckets, first_bucket, end_bucket FROM marked;
  IF ids IS NOT NULL THEN
    taken := cardinality(ids);
    -- Statements of their own: their snapshots are newer than the marks taken above.
    DELETE FROM market_hourly_rollup r USING unnest(ids, buckets) AS h (instrument_id, bucket) WHERE r.instrument_id = h.instrument_id AND r.bucket = h.bucket;
    -- The bounds keep it to the partitions of these hours.
    INSERT INTO market_hourly_rollup
    SELECT h.instrument_id, h.bucket, (array_agg(d.open ORDER BY d."timestamp"))[1], max(d.high), min(d.low), (array_agg(d.close ORDER BY d."timestamp" DESC))[1],
           sum(d.volume), avg(d.close), count(*)
    FROM unnest(ids, buckets) AS h (instrument_id, bucket)
    JOIN market_data d ON d.instrument_id = h.instrument_id AND date_bin('1 hour', d."timestamp", TIMESTAMPTZ '2000-01-01 00:00:00+00') = h.bucket
    WHERE d."timestamp" >= first_bucket AND d."timestamp" < end_bucket
    GROUP BY h.instrument_id, h.bucket;
  END IF;

  WITH marked AS (
    SELECT DISTINCT d.instrument_id, d.bucket FROM market_daily_marks d
    WHERE NOT EXISTS (SELECT FROM market_hourly_marks h WHERE h.instrument_id = d.instrument_id AND h.bucket >= d.bucket AND h.bucket < d.bucket + INTERVAL '1 day')
    ORDER BY d.bucket, d.instrument_id LIMIT p_limit
  ),
  gone AS (DELETE FROM market_daily_marks m USING marked WHERE m.instrument_id = marked.instrument_id AND m.bucket = marked.bucket)
  SELECT array_agg(instrument_id), array_agg(bucket) INTO ids, buckets FROM marked;
  IF ids IS NULL THEN RETURN taken; END IF;
  DELETE FROM market_daily_rollup r USING unnest(ids, buckets) AS d (instrument_id, bucket) WHERE r.instrument_id = d.instrument_id AND r.bucket = d.bucket;
  INSERT INTO market_daily_rollup
  SELECT d.instrument_id, d.bucket, (array_agg(x.open ORDER BY x.bucket))[1], max(x.high), min(x.low), (array_agg(x.close ORDER BY x.bucket DESC))[1],
         sum(x.volume), sum(x.data_points)
  FROM unnest(ids, buckets) AS d (instrument_id, bucket)
  JOIN market_hourly_rollup x ON x.instrument_id = d.instrument_id AND x.bucket >= d.bucket AND x.bucket < d.bucket + INTERVAL '1 day'
  GROUP BY d.instrument_id, d.bucket;
  RETURN taken + cardinality(ids);
END $$;

-- Whether a refresh would find work, told without a lock.
CREATE OR REPLACE FUNCTION market_rollups_due() RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT 1 FROM market_hourly_marks) OR EXISTS (SELECT 1 FROM market_daily_marks)
$$;

-- The parts a series is cut into, but for the DEFAULT partition.
CREATE OR REPLACE FUNCTION series_parts(p_table text) RETURNS TABLE (part regclass, range_start timestamptz, range_end timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT c.oid::regclass, (b.bounds)[1]::timestamptz, (b.bounds)[2]::timestamptz
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)') AS b (bounds)
  WHERE i.inhparent = to_regclass('public.' || quote_ident(p_table)) AND b.bounds IS NOT NULL
$$;

-- The table's rows may still be read by who began before; nobody may write them.
CREATE OR REPLACE FUNCTION drop_series_part(p_table text, p_part regclass) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %s', p_table, p_part);
  EXECUTE format('DROP TABLE %s', p_part);
END $$;

CREATE OR REPLACE FUNCTION forget_market_rollups(p_from timestamptz, p_to timestamptz) RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
  DELETE FROM market_hourly_rollup WHERE bucket >= p_from AND bucket < p_to;
  DELETE FROM market_daily_rollup WHERE bucket >= p_from AND bucket < p_to
$$;

-- Gives each of these days a partition before rows come for it, so that they need not be moved out of the DEFAULT partition later.
CREATE OR REPLACE FUNCTION prepare_series_days(p_table text, p_days date[]) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  table_unit text;
  day date;
  made integer := 0;
BEGIN
  IF cardinality(p_days) > 100 THEN RAISE EXCEPTION 'at most 100 days a call, not %', cardinality(p_days) USING ERRCODE = 'TR011'; END IF;
  SELECT t.unit INTO table_unit FROM partitioned_tables() t JOIN series_retention r USING (table_name) WHERE t.table_name = p_table;
  IF NOT FOUND THEN RAISE EXCEPTION '% is no series', p_table USING ERRCODE = 'TR011'; END IF;
  IF NOT EXISTS (SELECT FROM unnest(p_days) AS wanted (day) WHERE to_regclass(series_part_name(p_table, table_unit, wanted.day)) IS NULL) THEN RETURN 0; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  FOREACH day IN ARRAY p_days LOOP
    made := made + create_partition(p_table, table_unit, day)::integer;
  END LOOP;
  RETURN made;
END $$;
CREATE OR REPLACE FUNCTION series_part_name(p_table text, p_unit text, p_day date) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT 'public.' || quote_ident(p_table || '_' || to_char(date_trunc(p_unit, p_day::timestamp), CASE p_unit WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY_MM_DD' END))
$$;
