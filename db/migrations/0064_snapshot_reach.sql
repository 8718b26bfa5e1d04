-- How far a portfolio's snapshots reach, beside its other projections: whether the last session is missing is then told by an index, and no longer asked of every
-- portfolio's snapshots. Whoever writes or deletes snapshots writes it in the same transaction.
ALTER TABLE portfolios ADD COLUMN snapshots_through date;

-- The owner is bound by row-level security too, and has no policy.
ALTER TABLE portfolios NO FORCE ROW LEVEL SECURITY;
ALTER TABLE portfolio_snapshots NO FORCE ROW LEVEL SECURITY;
UPDATE portfolios p SET snapshots_through = (SELECT max(s.snapshot_date) FROM portfolio_snapshots s WHERE s.portfolio_id = p.id);
ALTER TABLE portfolios FORCE ROW LEVEL SECURITY;
ALTER TABLE portfolio_snapshots FORCE ROW LEVEL SECURITY;

CREATE INDEX idx_portfolios_snapshots_through ON portfolios (snapshots_through) WHERE last_entry_date IS NOT NULL;

GRANT UPDATE (snapshots_through) ON portfolios TO worker_role;
