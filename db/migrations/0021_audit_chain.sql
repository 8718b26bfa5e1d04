-- The audit trail keeps what it is told: nobody changes or removes a row, whatever they own, and every row is chained to those before it
-- (docs/adr/0016-audit-chain.md).

-- Grants stop who serves; this stops the tables' owner and a superuser too, and also while session_replication_role is `replica` (ENABLE ALWAYS).
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% keeps what it is told: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'TR021';
END $$;

-- Per statement, so that it is refused even where it would meet no row; such a trigger is copied to no partition, so each gets its own. Per row
-- besides: that one every partition has by itself, also one that somebody attaches by hand.
CREATE FUNCTION refuse_statements(p_table regclass) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER refuse_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', p_table);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_statement', p_table);
END $$;

CREATE FUNCTION refuse_changes(p_table regclass) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER refuse_row BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION refuse_change()', p_table);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER refuse_row', p_table);
  PERFORM refuse_statements(p_table);
END $$;

-- Infinity has no text that every version prints alike, and belongs to no month.
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_created_at_finite CHECK (isfinite(created_at));
SELECT refuse_changes('audit_logs');
SELECT refuse_statements(inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass;

-- Rows that stand in no block yet, with the transaction that wrote them. A queue and not a mark in audit_logs, so that a row which commits
-- late is found all the same, and a database restored into another cluster, whose transaction ids begin anew, skips none.
CREATE TABLE audit_pending (
  tx xid8 NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  -- Whose chain: the row's user_id, or the nil UUID for the platform's.
  chain uuid NOT NULL,
  PRIMARY KEY (tx, id, created_at)
);

CREATE FUNCTION audit_chain(p_user_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT COALESCE(p_user_id, '00000000-0000-0000-0000-000000000000'::uuid)
$$;

CREATE FUNCTION note_pending_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO audit_pending (tx, id, created_at, chain) VALUES (pg_current_xact_id(), NEW.id, NEW.created_at, audit_chain(NEW.user_id));
  RETURN NULL;
END $$;
-- Not ALWAYS: on a logical replica the queue's own rows arrive by replication.
CREATE TRIGGER note_pending_audit AFTER INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION note_pending_audit();

-- What was there before. The owner is bound by row-level security too, and has no policy.
ALTER TABLE audit_logs NO FORCE ROW LEVEL SECURITY;
INSERT INTO audit_pending (tx, id, created_at, chain) SELECT pg_current_xact_id(), id, created_at, audit_chain(user_id) FROM audit_logs;
ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY;

-- One link: rows of one chain with their digests, the hash over all of it and over the block before, and a signature over that hash.
CREATE TABLE audit_blocks (
  chain uuid NOT NULL,
  block_number bigint NOT NULL,
  -- For row-level security; null for the platform's chain, as in audit_logs.
  user_id uuid GENERATED ALWAYS AS (NULLIF(chain, '00000000-0000-0000-0000-000000000000'::uuid)) STORED,
  -- How digests and hash are made; another encoding gets another number, and old blocks keep theirs.
  format smallint NOT NULL DEFAULT 1,
  previous_hash bytea NOT NULL,
  row_count integer NOT NULL,
  row_ids uuid[] NOT NULL,
  row_times timestamptz[] NOT NULL,
  row_digests bytea[] NOT NULL,
  first_row_at timestamptz NOT NULL,
  last_row_at timestamptz NOT NULL,
  closed_at timestamptz NOT NULL,
  block_hash bytea NOT NULL,
  signature bytea NOT NULL,
  signing_key_id text NOT NULL,
  PRIMARY KEY (chain, block_number),
  CONSTRAINT audit_blocks_row_count CHECK (row_count > 0 AND cardinality(row_ids) = row_count AND cardinality(row_times) = row_count AND cardinality(row_digests) = row_count),
  CONSTRAINT audit_blocks_lengths CHECK (octet_length(previous_hash) = 32 AND octet_length(block_hash) = 32 AND octet_length(signature) = 64)
);
SELECT refuse_changes('audit_blocks');

ALTER TABLE audit_blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_blocks FORCE ROW LEVEL SECURITY;
CREATE POLICY user_audit_blocks ON audit_blocks FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_audit_blocks ON audit_blocks FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_audit_blocks ON audit_blocks FOR ALL TO worker_role USING (true) WITH CHECK (true);

-- ISO 8601 in UTC with microseconds, whatever the session's time zone.
CREATE FUNCTION audit_time(p_at timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- A row as texts, in this order and in no other: what an export shows, and all that a digest is made of. jsonb prints one text per value.
CREATE FUNCTION audit_row_values(a audit_logs) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
  SELECT ARRAY[a.id::text, a.user_id::text, a.entity_type, a.entity_id::text, a.action, a.old_values::text, a.new_values::text, a.ip_address::text,
               a.user_agent, audit_time(a.created_at), a.actor, a.use_case, a.outcome, a.request_id]
$$;

-- Each value with its length in bytes, null as `-`: no two rows have one encoding.
CREATE FUNCTION audit_row_digest(p_values text[]) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT sha256(convert_to('trii-audit-row-1;' || string_agg(CASE WHEN v IS NULL THEN '-' ELSE octet_length(convert_to(v, 'UTF8')) || ':' || v END, '' ORDER BY n), 'UTF8'))
  FROM unnest(p_values) WITH ORDINALITY AS value (v, n)
$$;

-- Takes the oldest pending rows for the block that the caller writes in the same transaction. Only what no running transaction can still
-- precede: below the snapshot's xmin all have ended. At or above its xmax no transaction has begun yet, so such a row came from another
-- cluster, by a restore, and is as settled. A row that is gone has a digest of zeros: its block testifies that it was there.
CREATE FUNCTION take_pending_audit(p_limit integer) RETURNS TABLE (chain uuid, id uuid, created_at text, digest bytea)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS MATERIALIZED (
    DELETE FROM audit_pending p USING (
      SELECT q.tx, q.id, q.created_at FROM audit_pending q, pg_current_snapshot() AS s (now)
      WHERE q.tx < pg_snapshot_xmin(s.now) OR q.tx >= pg_snapshot_xmax(s.now) ORDER BY q.tx, q.id, q.created_at LIMIT p_limit) AS oldest
    WHERE p.tx = oldest.tx AND p.id = oldest.id AND p.created_at = oldest.created_at
    RETURNING p.tx, p.id, p.created_at, p.chain)
  SELECT t.chain, t.id, audit_time(t.created_at), COALESCE(a.digest, decode(repeat('00', 32), 'hex'))
  -- OFFSET 0: by the key, row for row; a join could choose to read seven years.
  FROM taken t LEFT JOIN LATERAL (SELECT audit_row_digest(audit_row_values(l)) AS digest FROM audit_logs l WHERE l.id = t.id AND l.created_at = t.created_at OFFSET 0) a ON true
  ORDER BY t.chain, t.tx, t.id, t.created_at
$$;

-- Whether a block can be closed over anything but the closing's own audit row, which would call for the next one for ever.
CREATE FUNCTION audit_due(p_closing text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM audit_pending p, pg_current_snapshot() AS s (now)
    WHERE (p.tx < pg_snapshot_xmin(s.now) OR p.tx >= pg_snapshot_xmax(s.now))
      AND NOT EXISTS (SELECT FROM audit_logs l WHERE l.id = p.id AND l.created_at = p.created_at AND l.use_case = p_closing))
$$;

-- As before, and where the rows may not be deleted the DEFAULT partition is made anew: what is in it is copied to where it belongs, as it is,
-- and the old one dropped. No trigger has an exception that others could use.
CREATE OR REPLACE FUNCTION create_partition(p_table text, p_unit text, p_day date) RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  first_day date := date_trunc(p_unit, p_day::timestamp)::date;
  end_day date := (date_trunc(p_unit, p_day::timestamp) + ('1 ' || p_unit)::interval)::date;
  part text := p_table || '_' || to_char(first_day, CASE p_unit WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY_MM_DD' END);
  parent regclass := to_regclass('public.' || quote_ident(p_table));
  spare text := p_table || '_default';
  old_spare text := p_table || '_default_old';
  is_kept boolean;
  has_rows boolean;
  key_column text;
  key_type regtype;
  from_bound text;
  to_bound text;
  columns text;
  in_range text;
BEGIN
  IF to_regclass('public.' || quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  SELECT quote_ident(a.attname), a.atttypid INTO STRICT key_column, key_type
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = parent;
  from_bound := CASE key_type WHEN 'date'::regtype THEN first_day::text ELSE (first_day::timestamp AT TIME ZONE 'UTC')::text END;
  to_bound := CASE key_type WHEN 'date'::regtype THEN end_day::text ELSE (end_day::timestamp AT TIME ZONE 'UTC')::text END;
  -- A generated column cannot be written: it follows from the others.
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
  FROM pg_attribute WHERE attrelid = parent AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  in_range := format('%s >= %L AND %s < %L', key_column, from_bound, key_column, to_bound);
  is_kept := EXISTS (SELECT FROM pg_trigger WHERE tgrelid = parent AND tgfoid = 'refuse_change()'::regprocedure);

  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', part, p_table);
  -- Until ATTACH nobody may add a row of this range to the DEFAULT partition, or ATTACH would refuse.
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', spare);
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %s)', spare, in_range) INTO has_rows;
  IF has_rows AND is_kept THEN
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', p_table, spare);
    EXECUTE format('ALTER TABLE %I RENAME TO %I', spare, old_spare);
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)', spare, p_table);
    EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM %I WHERE %s', part, columns, columns, old_spare, in_range);
    EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM %I WHERE NOT (%s)', spare, columns, columns, old_spare, in_range);
    EXECUTE format('DROP TABLE %I', old_spare);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', p_table, spare);
    -- As every partition: whoever reaches it past its parent finds nothing.
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', spare);
    PERFORM refuse_statements(to_regclass('public.' || quote_ident(spare)));
  ELSIF has_rows THEN
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE %s RETURNING *) INSERT INTO %I (%s) SELECT %s FROM moved', spare, in_range, part, columns, columns);
  END IF;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_table, part, from_bound, to_bound);
  IF is_kept THEN PERFORM refuse_statements(to_regclass('public.' || quote_ident(part))); END IF;
  RETURN true;
END $$;

-- As before, but for the days being known before the first partition is made: a table that is still being read cannot be dropped.
CREATE OR REPLACE FUNCTION drain_default_partition(p_table text, p_unit text, p_limit integer DEFAULT 40) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  key_column text;
  utc_day text;
  days date[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  SELECT quote_ident(a.attname), CASE a.atttypid WHEN 'date'::regtype THEN '%s::timestamp' ELSE '%s AT TIME ZONE ''UTC''' END INTO STRICT key_column, utc_day
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = to_regclass('public.' || quote_ident(p_table));
  EXECUTE format('SELECT ARRAY(SELECT DISTINCT date_trunc(%L, %s)::date FROM %I ORDER BY 1 LIMIT %s)', p_unit, format(utc_day, key_column), p_table || '_default', p_limit)
    INTO days;
  RETURN (SELECT count(*) FILTER (WHERE create_partition(p_table, p_unit, day)) FROM unnest(days) AS day)::integer;
END $$;

-- Who may do what. The worker closes blocks without reading the trail: it is given ids and digests.
GRANT SELECT ON audit_blocks TO authenticated_user, admin_role;
GRANT SELECT, INSERT (chain, block_number, format, previous_hash, row_count, row_ids, row_times, row_digests, first_row_at, last_row_at, closed_at, block_hash,
  signature, signing_key_id) ON audit_blocks TO worker_role;
GRANT SELECT ON audit_pending TO admin_role;
GRANT SELECT ON audit_logs TO definer_role;
GRANT SELECT, DELETE ON audit_pending TO definer_role;
GRANT EXECUTE ON FUNCTION audit_time(timestamptz) TO authenticated_user, admin_role, definer_role;
GRANT EXECUTE ON FUNCTION audit_row_values(audit_logs), audit_row_digest(text[]) TO admin_role, definer_role;
GRANT EXECUTE ON FUNCTION audit_chain(uuid) TO admin_role, definer_role;
GRANT EXECUTE ON FUNCTION take_pending_audit(integer), audit_due(text) TO worker_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION take_pending_audit(integer) OWNER TO definer_role;
ALTER FUNCTION audit_due(text) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
