-- The specification's monitoring queries as views (docs/SPECIFICATION.md, S33 to S35), for operators. What PostgreSQL shows only to
-- pg_read_all_stats comes through functions of definer_role, which bootstrapRoles() makes a member of it: they leave out statements that run,
-- bind values and other databases, so no operator needs that right. Where nobody could grant it, monitoring_rights() says what stays hidden.

-- One row per table as a person knows it, in every schema: partitions, chunks and compressed data count with their table, and a continuous
-- aggregate's data with the aggregate. Rows inserted, updated and deleted are those since the server's counters began.
CREATE FUNCTION table_sizes()
RETURNS TABLE (schemaname text, tablename text, bytes bigint, compressed_bytes bigint, partitions integer, inserts bigint, updates bigint, deletes bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
  timescale text;
  hypertables oid[] := '{}';
  hypertable_bytes bigint[] := '{}';
  aggregates oid[] := '{}';
  aggregate_schemas text[] := '{}';
  aggregate_names text[] := '{}';
BEGIN
  SELECT quote_ident(n.nspname) INTO timescale FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb';
  IF FOUND THEN
    EXECUTE format($dynamic$
      SELECT array_agg(h.rel), array_agg(%s.hypertable_size(h.rel)), array_agg(h.rel) FILTER (WHERE h.view IS NOT NULL),
             array_agg(h.schema) FILTER (WHERE h.view IS NOT NULL), array_agg(h.view) FILTER (WHERE h.view IS NOT NULL)
      FROM (
        SELECT format('%%I.%%I', hypertable_schema, hypertable_name)::regclass AS rel, NULL AS schema, NULL AS view
        FROM timescaledb_information.hypertables WHERE hypertable_schema NOT LIKE '\_timescaledb%%'
        UNION ALL
        SELECT format('%%I.%%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass, view_schema, view_name
        FROM timescaledb_information.continuous_aggregates
      ) h $dynamic$, timescale)
    INTO hypertables, hypertable_bytes, aggregates, aggregate_schemas, aggregate_names;
  END IF;
  RETURN QUERY
  WITH RECURSIVE root (rel, schemaname, tablename) AS (
    SELECT c.oid, n.nspname::text, c.relname::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^(pg_|_timescaledb|timescaledb_)'
      AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT * FROM unnest(aggregates, aggregate_schemas, aggregate_names)
  ), tree (root, rel) AS (
    SELECT r.rel, r.rel FROM root r
    UNION ALL
    SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.rel
  ), summed AS (
    SELECT t.root, COALESCE(sum(pg_total_relation_size(t.rel)), 0)::bigint AS bytes, count(*)::integer - 1 AS partitions,
           sum(pg_stat_get_tuples_inserted(t.rel))::bigint AS inserts, sum(pg_stat_get_tuples_updated(t.rel))::bigint AS updates,
           sum(pg_stat_get_tuples_deleted(t.rel))::bigint AS deletes
    FROM tree t GROUP BY t.root
  )
  -- Compressed data lies in tables that inherit from nothing: what a hypertable takes besides its chunks.
  SELECT r.schemaname, r.tablename, COALESCE(h.bytes, s.bytes), GREATEST(0, COALESCE(h.bytes - s.bytes, 0)), s.partitions, s.inserts, s.updates, s.deletes
  FROM root r JOIN summed s ON s.root = r.rel LEFT JOIN unnest(hypertables, hypertable_bytes) AS h (rel, bytes) ON h.rel = r.rel;
END $$;

CREATE VIEW monitoring_table_sizes WITH (security_invoker = true) AS
SELECT schemaname, tablename, pg_size_pretty(bytes) AS size, inserts, updates, deletes, bytes, compressed_bytes, partitions
FROM table_sizes() ORDER BY bytes DESC, schemaname, tablename;

-- Connections to this database. Without the right to see it, a state is 'hidden'.
CREATE FUNCTION open_connections()
RETURNS TABLE (usename text, application_name text, client_addr inet, state text, connection_count bigint, longest_in_state interval, longest_transaction interval)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.usename::text, a.application_name, a.client_addr, COALESCE(a.state, 'hidden'), count(*),
         max(clock_timestamp() - a.state_change), max(clock_timestamp() - a.xact_start)
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.usename IS NOT NULL AND COALESCE(a.backend_type, 'client backend') = 'client backend'
  GROUP BY a.usename, a.application_name, a.client_addr, COALESCE(a.state, 'hidden')
$$;

CREATE VIEW monitoring_connections WITH (security_invoker = true) AS
SELECT * FROM open_connections() ORDER BY connection_count DESC, usename, application_name, client_addr, state;

-- Statements of this database, their constants replaced by $1, $2 …; no utility statements, whose text is kept as it was typed, secrets and all.
CREATE FUNCTION slow_queries()
RETURNS TABLE (query text, usename text, mean_exec_time double precision, calls bigint, total_exec_time double precision, rows bigint, hit_percent double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE statements text;
BEGIN
  SELECT quote_ident(n.nspname) || '.pg_stat_statements' INTO statements
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements';
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY EXECUTE format($dynamic$
    SELECT s.query, r.rolname::text, s.mean_exec_time, s.calls, s.total_exec_time, s.rows,
           100.0::double precision * s.shared_blks_hit / NULLIF(s.shared_blks_hit + s.shared_blks_read, 0)
    FROM %s s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database() LEFT JOIN pg_roles r ON r.oid = s.userid
    WHERE s.query ~* '^\s*(select|insert|update|delete|merge|with|values|table)\M' $dynamic$, statements);
EXCEPTION
  -- The library is not loaded, or the extension's schema is closed to us: monitoring_rights() says so.
  WHEN object_not_in_prerequisite_state OR insufficient_privilege THEN RETURN;
END $$;

CREATE VIEW monitoring_slow_queries WITH (security_invoker = true) AS
SELECT query, mean_exec_time, calls, total_exec_time, rows, hit_percent, usename FROM slow_queries() ORDER BY mean_exec_time DESC LIMIT 100;

-- What the views can show here. connections: 'all', or 'hidden' (numbers without states). statements: 'all', 'hidden' (nobody granted the
-- right), 'missing' (no extension) or 'not_loaded' (it is not in shared_preload_libraries).
CREATE FUNCTION monitoring_rights() RETURNS TABLE (connections text, statements text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE probe text;
BEGIN
  connections := CASE WHEN pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') THEN 'all' ELSE 'hidden' END;
  statements := connections;
  SELECT format('SELECT FROM %I.pg_stat_statements LIMIT 1', n.nspname) INTO probe
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements';
  IF NOT FOUND THEN
    statements := 'missing';
  ELSE
    BEGIN
      EXECUTE probe;
    EXCEPTION
      WHEN object_not_in_prerequisite_state THEN statements := 'not_loaded';
      WHEN insufficient_privilege THEN statements := 'hidden';
    END;
  END IF;
  RETURN NEXT;
END $$;

-- Growth is the difference of two samples: one a day by schedule, more by hand. monitoring.sample keeps it bounded.
CREATE TABLE monitoring_samples (
  sampled_at timestamptz NOT NULL,
  schemaname text NOT NULL,
  tablename text NOT NULL,
  bytes bigint NOT NULL,
  compressed_bytes bigint NOT NULL,
  partitions integer NOT NULL,
  inserts bigint NOT NULL,
  updates bigint NOT NULL,
  deletes bigint NOT NULL,
  PRIMARY KEY (sampled_at, schemaname, tablename)
);

-- From the last sample at or before p_from (else the first after it) to the last at or before p_to; to this very moment where p_to is NULL.
-- A table that was not there counts as empty. Rows are NULL where the server's counters began anew in between.
CREATE FUNCTION table_growth(p_from timestamptz, p_to timestamptz DEFAULT NULL)
RETURNS TABLE (schemaname text, tablename text, from_at timestamptz, to_at timestamptz, bytes_before bigint, bytes_after bigint, bytes_grown bigint,
               inserts bigint, updates bigint, deletes bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  WITH span AS (
    SELECT COALESCE((SELECT max(sampled_at) FROM monitoring_samples WHERE sampled_at <= p_from),
                    (SELECT min(sampled_at) FROM monitoring_samples WHERE sampled_at > p_from)) AS from_at,
           CASE WHEN p_to IS NULL THEN now() ELSE (SELECT max(sampled_at) FROM monitoring_samples WHERE sampled_at <= p_to) END AS to_at
  ), before AS (
    SELECT m.* FROM monitoring_samples m JOIN span ON m.sampled_at = span.from_at
  ), after AS (
    SELECT m.schemaname, m.tablename, m.bytes, m.inserts, m.updates, m.deletes FROM monitoring_samples m JOIN span ON m.sampled_at = span.to_at WHERE p_to IS NOT NULL
    UNION ALL
    SELECT t.schemaname, t.tablename, t.bytes, t.inserts, t.updates, t.deletes FROM table_sizes() t WHERE p_to IS NULL
  )
  SELECT schemaname, tablename, span.from_at, span.to_at, COALESCE(b.bytes, 0), COALESCE(a.bytes, 0), COALESCE(a.bytes, 0) - COALESCE(b.bytes, 0),
         CASE WHEN a.inserts >= COALESCE(b.inserts, 0) THEN a.inserts - COALESCE(b.inserts, 0) END,
         CASE WHEN a.updates >= COALESCE(b.updates, 0) THEN a.updates - COALESCE(b.updates, 0) END,
         CASE WHEN a.deletes >= COALESCE(b.deletes, 0) THEN a.deletes - COALESCE(b.deletes, 0) END
  FROM before b FULL JOIN after a USING (schemaname, tablename) CROSS JOIN span
  WHERE span.from_at < span.to_at
$$;

GRANT SELECT ON monitoring_table_sizes, monitoring_connections, monitoring_slow_queries TO admin_role;
GRANT EXECUTE ON FUNCTION table_sizes(), open_connections(), slow_queries(), monitoring_rights(), table_growth(timestamptz, timestamptz) TO admin_role;
GRANT SELECT ON monitoring_table_sizes TO worker_role;
GRANT EXECUTE ON FUNCTION table_sizes() TO worker_role;
GRANT SELECT, INSERT, DELETE ON monitoring_samples TO admin_role, worker_role;

GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION open_connections() OWNER TO definer_role;
ALTER FUNCTION slow_queries() OWNER TO definer_role;
ALTER FUNCTION monitoring_rights() OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
