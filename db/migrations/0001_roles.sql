-- Roles are cluster-wide and need CREATEROLE, so bootstrapRoles() makes them (db/src/bootstrap-roles.ts). Here they are only asked for,
-- before anything is created, so that a database prepared by hand fails with a sentence and not halfway through the grants.
DO $$
DECLARE missing text;
BEGIN
  SELECT string_agg(needed.role, ', ') INTO missing
  FROM unnest(ARRAY['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role', 'definer_role']) AS needed (role)
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = needed.role);
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'roles are missing: %', missing USING HINT = 'Run db/src/main.ts with DATABASE_ADMIN_URL once (docs/OPERATIONS.md).';
  END IF;
  IF NOT pg_has_role(current_user, 'definer_role', 'MEMBER') THEN
    RAISE EXCEPTION '% is not a member of definer_role', current_user USING HINT = 'GRANT definer_role TO the migrating role.';
  END IF;
END $$;

-- Nothing is executable by accident: every function below names who may call it.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
