-- A transaction can be reversed once, by its investor: without user_id in the key, a row of somebody else's could take its turn.
DROP INDEX idx_postings_reversal;
CREATE UNIQUE INDEX idx_postings_reversal ON postings (user_id, reverses_transaction_id, line) WHERE reverses_transaction_id IS NOT NULL;

-- Under row-level security every look into a table is one by user_id first. The ledger was the one tenant table without an index for it:
-- whatever named no portfolio read all of it.
CREATE INDEX idx_postings_user_date ON postings (user_id, effective_date);

-- What a new partition needs before rows are moved into it. The parent's foreign keys: added to the empty table they are checked row by row as
-- rows arrive, while ATTACH would check them all at once by a query of the owner, to whom FORCE shows no row of portfolios, and so refuse.
-- Row-level security without a policy: whoever reaches a partition past its parent finds nothing, even if somebody granted it.
CREATE FUNCTION prepare_partition(p_parent regclass, p_part regclass) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE key record;
BEGIN
  FOR key IN SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = p_parent AND contype = 'f' LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', p_part, key.name, key.definition);
  END LOOP;
  IF (SELECT relrowsecurity FROM pg_class WHERE oid = p_parent) THEN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_part);
  END IF;
END $$;

-- create_partition as it stands, whichever migration wrote it last, with one step more after its CREATE TABLE.
DO $$
DECLARE
  definition text := pg_get_functiondef('create_partition(text, text, date)'::regprocedure);
  made text := 'INCLUDING GENERATED)'', part, p_table);';
BEGIN
  IF strpos(definition, made) = 0 THEN
    RAISE EXCEPTION 'create_partition does not make its table as expected' USING HINT = 'Let it call prepare_partition itself, and leave this block out.';
  END IF;
  EXECUTE replace(definition, made, made || ' PERFORM prepare_partition(to_regclass(''public.'' || quote_ident(p_table)), to_regclass(''public.'' || quote_ident(part)));');
END $$;

DO $$
DECLARE part regclass;
BEGIN
  FOR part IN SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE p.relkind = 'p' AND p.relrowsecurity LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
  END LOOP;
END $$;
