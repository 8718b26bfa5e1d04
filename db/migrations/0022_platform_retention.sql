-- How long the platform keeps what it writes for itself. Data, so that an operator can change it (platform.setRetention); a floor under each.
CREATE TABLE platform_retention (
  subject text PRIMARY KEY,
  kept_days integer NOT NULL,
  least_days integer NOT NULL,
  why text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT platform_retention_subject_known CHECK (subject IN ('audit_logs', 'outbox', 'deliveries', 'batch_progress')),
  CONSTRAINT platform_retention_floor CHECK (kept_days >= least_days)
);
INSERT INTO platform_retention (subject, kept_days, least_days, why) VALUES
  ('audit_logs', 3653, 365, 'ten years: commercial records in Colombia (Ley 962 of 2005, article 28), longer than MiFID II and SEC rule 17a-4 ask for'),
  ('outbox', 92, 31, 'a quarter: long enough to see what an investor was told, and no longer than anybody drives a job again'),
  ('deliveries', 31, 7, 'a month: a queue that hands a job over again finds that it is done'),
  ('batch_progress', 31, 7, 'a month: a run that is older is not taken up again');

-- Where months of the audit trail go. Their blocks stay, so all later blocks still verify; who keeps the table, dumps it and drops it is an operator.
CREATE SCHEMA archive;

-- Everything that is pruned is found by when it was done; the newest are counted by it too.
CREATE INDEX idx_deliveries_done ON deliveries (done_at) WHERE status = 'done';

-- The months of a table that lie wholly before p_before, oldest first, with the tables that hold them.
CREATE FUNCTION months_before(p_table regclass, p_before timestamptz) RETURNS TABLE (part regclass, until timestamptz) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT m.part, m.until FROM (
    SELECT c.oid::regclass AS part, substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz AS until
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = p_table) AS m
  WHERE m.until <= p_before ORDER BY m.until
$$;

-- Takes out months that are kept no longer, at most p_limit of each table: of the audit trail into the schema archive, of events and of answers
-- for good. A month of events stays while a delivery of it is not done: p_undone_since is when the oldest such event was written, null when there
-- is none (the tables' owner sees no delivery). A month of audit rows stays while one of them waits for its block.
-- Detaching needs the whole table for a moment. Whoever is in the way is not waited for: the next run comes in hours.
CREATE FUNCTION retire_platform_months(p_undone_since timestamptz, p_limit integer DEFAULT 12) RETURNS TABLE (table_name text, month text, fate text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  m record;
  is_needed boolean;
  kept record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('create_partitions'));
  PERFORM set_config('lock_timeout', '2s', true);
  FOR kept IN
    SELECT r.subject, now() - make_interval(days => r.kept_days) AS since FROM platform_retention r WHERE r.subject IN ('audit_logs', 'outbox')
    UNION ALL SELECT 'idempotency', now()
  LOOP
    FOR m IN SELECT * FROM months_before(to_regclass('public.' || kept.subject), kept.since) LIMIT p_limit LOOP
      CASE kept.subject
        WHEN 'audit_logs' THEN EXECUTE format('SELECT EXISTS (SELECT FROM %s l JOIN audit_pending p USING (id, created_at))', m.part) INTO is_needed;
        WHEN 'outbox' THEN is_needed := COALESCE(p_undone_since < m.until, false);
        ELSE EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE expires_at > now())', m.part) INTO is_needed;
      END CASE;
      CONTINUE WHEN is_needed;
      month := regexp_replace(m.part::text, '^.*_(\d{4})_(\d{2})$', '\1-\2');
      BEGIN
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %s', kept.subject, m.part);
        IF kept.subject = 'audit_logs' THEN
          EXECUTE format('ALTER TABLE %s SET SCHEMA archive', m.part);
          fate := 'archived';
        ELSE
          EXECUTE format('DROP TABLE %s', m.part);
          fate := 'dropped';
        END IF;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        CONTINUE;
      END;
      table_name := kept.subject;
      RETURN NEXT;
    END LOOP;
  END LOOP;
END $$;

GRANT SELECT ON platform_retention TO admin_role, worker_role;
GRANT UPDATE (kept_days, updated_at) ON platform_retention TO admin_role;
GRANT DELETE ON deliveries, batch_progress TO worker_role;
GRANT EXECUTE ON FUNCTION retire_platform_months(timestamptz, integer) TO worker_role;
