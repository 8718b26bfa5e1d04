-- Not a trusted extension: bootstrapRoles() creates it where it may. Where nobody could, the platform runs without it, and says so.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') THEN RETURN; END IF;
  CREATE EXTENSION pg_stat_statements;
EXCEPTION
  WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE WARNING 'pg_stat_statements was not created (%): slow queries cannot be listed. An administrator may run CREATE EXTENSION pg_stat_statements.', SQLERRM;
END $$;
