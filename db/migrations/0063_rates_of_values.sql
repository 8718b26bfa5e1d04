-- The exchange rates that a session's value was worked out by, each with its time; NULL where everything was in the base currency.
ALTER TABLE portfolio_snapshots ADD COLUMN rates jsonb;

-- The rate by which a trade in another currency was booked in the portfolio's own: units of the base currency for one of the instrument's.
ALTER TABLE trades ADD COLUMN base_rate numeric(38,18), ADD COLUMN base_rate_as_of timestamptz,
  ADD CONSTRAINT trades_base_rate_positive CHECK (base_rate > 0);
