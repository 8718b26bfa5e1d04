-- Time ranges are made ahead, in UTC whatever the session's time zone. What arrives outside them lands in the DEFAULT partition, so that an
-- INSERT never fails for want of a partition, and is moved into its own range by the next maintenance.
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
CREATE TABLE compliance_checks_default PARTITION OF compliance_checks DEFAULT;
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;
CREATE TABLE idempotency_default PARTITION OF idempotency DEFAULT;
CREATE TABLE daily_bars_default PARTITION OF daily_bars DEFAULT;
CREATE TABLE portfolio_snapshots_default PARTITION OF portfolio_snapshots DEFAULT;
DO $$
BEGIN
  IF series_engine() = 'native' THEN
    CREATE TABLE market_data_default PARTITION OF market_data DEFAULT;
    CREATE TABLE order_book_default PARTITION OF order_book DEFAULT;
    CREATE TABLE technical_indicators_default PARTITION OF technical_indicators DEFAULT;
  END IF;
END $$;

-- Which tables are cut by which unit; hypertables drop out by themselves.
CREATE FUNCTION partitioned_tables(p_unit text DEFAULT NULL) RETURNS TABLE (table_name text, unit text) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT t.table_name, t.unit
  FROM (VALUES ('audit_logs', 'month'), ('compliance_checks', 'month'), ('outbox', 'month'), ('idempotency', 'month'), ('technical_indicators', 'month'),
               ('daily_bars', 'year'), ('portfolio_snapshots', 'year'), ('market_data', 'day'), ('order_book', 'day')) AS t (table_name, unit)
  JOIN pg_class c ON c.oid = to_regclass('public.' || t.table_name) AND c.relkind = 'p'
  WHERE p_unit IS NULL OR t.unit = p_unit
$$;

-- Makes the partition of p_table that holds the UTC date p_day and moves the DEFAULT partition's rows of that range into it. False: it was there.
CREATE FUNCTION create_partition(p_table text, p_unit text, p_day date) RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  first_day date := date_trunc(p_unit, p_day::timestamp)::date;
  end_day date := (date_trunc(p_unit, p_day::timestamp) + ('1 ' || p_unit)::interval)::date;
  part text := p_table || '_' || to_char(first_day, CASE p_unit WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY_MM_DD' END);
  key_column text;
  key_type regtype;
  from_bound text;
  to_bound text;
  columns text;
BEGIN
  IF to_regclass('public.' || quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  SELECT quote_ident(a.attname), a.atttypid INTO STRICT key_column, key_type
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = to_regclass('public.' || quote_ident(p_table));
  from_bound := CASE key_type WHEN 'date'::regtype THEN first_day::text ELSE (first_day::timestamp AT TIME ZONE 'UTC')::text END;
  to_bound := CASE key_type WHEN 'date'::regtype THEN end_day::text ELSE (end_day::timestamp AT TIME ZONE 'UTC')::text END;
  -- A generated column cannot be written: it follows from the others.
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
  FROM pg_attribute WHERE attrelid = to_regclass('public.' || quote_ident(p_table)) AND attnum > 0 AND NOT attisdropped AND attgenerated = '';

  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', part, p_table);
  -- Until ATTACH nobody may add a row of this range to the DEFAULT partition, or ATTACH would refuse.
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', p_table || '_default');
  EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %s >= %L AND %s < %L RETURNING *) INSERT INTO %I (%s) SELECT %s FROM moved',
                 p_table || '_default', key_column, from_bound, key_column, to_bound, part, columns, columns);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, part, from_bound, to_bound);
  RETURN true;
END $$;

-- Every unit from p_from to p_to, both included. Returns how many partitions it made.
CREATE FUNCTION create_partitions(p_table text, p_unit text, p_from date, p_to date) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  day date;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  FOR day IN SELECT generate_series(date_trunc(p_unit, p_from::timestamp), p_to::timestamp, ('1 ' || p_unit)::interval)::date LOOP
    made := made + create_partition(p_table, p_unit, day)::integer;
  END LOOP;
  RETURN made;
END $$;

CREATE FUNCTION utc_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT (now() AT TIME ZONE 'UTC')::date $$;

CREATE FUNCTION create_daily_partition(p_days_ahead integer DEFAULT 7) RETURNS integer LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT COALESCE(sum(create_partitions(table_name, unit, utc_today(), utc_today() + p_days_ahead)), 0)::integer FROM partitioned_tables('day')
$$;
-- The specification's name: audit_logs and its monthly siblings.
CREATE FUNCTION create_monthly_partition(p_months_ahead integer DEFAULT 3) RETURNS integer LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT COALESCE(sum(create_partitions(table_name, unit, utc_today(), (date_trunc('month', utc_today()::timestamp) + make_interval(months => p_months_ahead))::date)), 0)::integer
  FROM partitioned_tables('month')
$$;
CREATE FUNCTION create_yearly_partition(p_years_ahead integer DEFAULT 1) RETURNS integer LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT COALESCE(sum(create_partitions(table_name, unit, utc_today(), (date_trunc('year', utc_today()::timestamp) + make_interval(years => p_years_ahead))::date)), 0)::integer
  FROM partitioned_tables('year')
$$;

-- Gives at most p_limit ranges that the DEFAULT partition holds rows of a partition of their own.
CREATE FUNCTION drain_default_partition(p_table text, p_unit text, p_limit integer DEFAULT 40) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  key_column text;
  utc_day text;
  day date;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  SELECT quote_ident(a.attname), CASE a.atttypid WHEN 'date'::regtype THEN '%s::timestamp' ELSE '%s AT TIME ZONE ''UTC''' END INTO STRICT key_column, utc_day
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = to_regclass('public.' || quote_ident(p_table));
  FOR day IN EXECUTE format('SELECT DISTINCT date_trunc(%L, %s)::date FROM %I ORDER BY 1 LIMIT %s', p_unit, format(utc_day, key_column), p_table || '_default', p_limit) LOOP
    made := made + create_partition(p_table, p_unit, day)::integer;
  END LOOP;
  RETURN made;
END $$;

-- What the worker calls every day, as the tables' owner: three months, seven days, one year ahead, and nothing left in a DEFAULT partition.
CREATE FUNCTION maintain_partitions() RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT create_daily_partition() + create_monthly_partition() + create_yearly_partition()
         + COALESCE((SELECT sum(drain_default_partition(table_name, unit)) FROM partitioned_tables()), 0)::integer
$$;

SELECT create_partitions('daily_bars', 'year', DATE '1990-01-01', utc_today());
SELECT create_partitions('portfolio_snapshots', 'year', DATE '1990-01-01', utc_today());
SELECT maintain_partitions();
