-- A transaction can be reversed once, by its investor: without user_id in the key, a row of somebody else's could take its turn.
DROP INDEX idx_postings_reversal;
CREATE UNIQUE INDEX idx_postings_reversal ON postings (user_id, reverses_transaction_id, line) WHERE reverses_transaction_id IS NOT NULL;

-- Under row-level security every look into a table is one by user_id first. The ledger was the one tenant table without an index for it:
-- whatever named no portfolio read all of it.
CREATE INDEX idx_postings_user_date ON postings (user_id, effective_date);
