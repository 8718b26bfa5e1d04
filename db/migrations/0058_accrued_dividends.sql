-- Dividends that are earned and not paid yet, in the base currency: part of the total value from the ex date on, so that a portfolio does not fall by them until they are paid.
ALTER TABLE portfolio_snapshots ADD COLUMN accrued_dividends numeric(20,8) NOT NULL DEFAULT 0;

-- Snapshots of before lack them: they are written again from the earliest such ex date on. The owner is bound by row-level security too, and has no policy.
ALTER TABLE portfolios NO FORCE ROW LEVEL SECURITY;
ALTER TABLE positions NO FORCE ROW LEVEL SECURITY;
UPDATE portfolios p SET snapshots_dirty_from = LEAST(p.snapshots_dirty_from, d.from_date)
FROM (
  SELECT q.portfolio_id, min(a.ex_date) AS from_date
  FROM corporate_actions a JOIN positions q ON q.instrument_id = a.instrument_id
  WHERE a.kind = 'DIVIDEND' AND a.status <> 'CANCELLED' AND a.effective_date > a.ex_date
  GROUP BY 1
) d
WHERE d.portfolio_id = p.id AND p.last_entry_date IS NOT NULL;
ALTER TABLE portfolios FORCE ROW LEVEL SECURITY;
ALTER TABLE positions FORCE ROW LEVEL SECURITY;
