-- Row-level security of every table that holds an investor's data; the same policies stand as metadata on the entities, and the drift check
-- compares both. A policy opens rows to a role, FOR ALL verbs as specified; which verbs and columns is the grants' business (0017_grants.sql).
-- `user` compares user_id alone, without a look at portfolios: that uses the index, an EXISTS would scan the table.
DO $$
DECLARE
  t record;
  kind text;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('users',               'id',      ARRAY['user', 'admin', 'definer']),
    ('user_sessions',       'user_id', ARRAY['user', 'admin', 'definer']),
    ('user_preferences',    'user_id', ARRAY['user']),
    ('portfolios',          'user_id', ARRAY['user', 'admin', 'worker', 'definer']),
    ('positions',           'user_id', ARRAY['user', 'admin', 'worker', 'definer']),
    ('postings',            'user_id', ARRAY['user', 'admin', 'worker']),
    ('holds',               'user_id', ARRAY['user', 'admin', 'worker']),
    ('trades',              'user_id', ARRAY['user', 'admin', 'worker']),
    ('fills',               'user_id', ARRAY['user', 'admin', 'worker']),
    ('portfolio_snapshots', 'user_id', ARRAY['user', 'admin', 'worker']),
    ('rebalance_events',    'user_id', ARRAY['user', 'admin', 'worker']),
    ('compliance_checks',   'user_id', ARRAY['user', 'admin', 'worker']),
    ('notifications',       'user_id', ARRAY['user', 'admin', 'worker']),
    ('audit_logs',          'user_id', ARRAY['user', 'admin', 'worker', 'definer']),
    ('outbox',              'user_id', ARRAY['user', 'admin', 'worker']),
    ('deliveries',          'user_id', ARRAY['user', 'admin', 'worker']),
    ('idempotency',         'user_id', ARRAY['user', 'admin', 'worker'])
  ) AS tenant (name, owner_column, kinds) LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.name);
    FOREACH kind IN ARRAY t.kinds LOOP
      IF kind = 'user' THEN
        EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO authenticated_user USING (%I = (SELECT app_user_id())) WITH CHECK (%I = (SELECT app_user_id()))',
                       'user_' || t.name, t.name, t.owner_column, t.owner_column);
      ELSE
        EXECUTE format('CREATE POLICY %I ON %I FOR ALL TO %I USING (true) WITH CHECK (true)', kind || '_all_' || t.name, t.name, kind || '_role');
      END IF;
    END LOOP;
  END LOOP;
END $$;
