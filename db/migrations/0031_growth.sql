-- What docs/SCALE.md found to grow with the tables and need not.

-- The same rows as before. OFFSET 0 keeps the look for an intraday bar a look-up of one instrument's day: as a plain NOT EXISTS it became an anti join that
-- read every instrument's rollup again for each daily bar.
CREATE OR REPLACE VIEW market_data_daily WITH (security_invoker = true) AS
SELECT r.instrument_id, r.bucket, r.open, r.high, r.low, r.close, r.volume, (r.close - r.open) / NULLIF(r.open, 0) * 100 AS daily_return_pct,
       (r.bucket AT TIME ZONE 'UTC')::date AS session_date
FROM market_intraday_daily r
UNION ALL
SELECT b.instrument_id, b.session_date::timestamp AT TIME ZONE 'UTC', b.open, b.high, b.low, b.close, b.volume,
       (b.close - b.open) / NULLIF(b.open, 0) * 100, b.session_date
FROM daily_bars b
WHERE NOT EXISTS (
  SELECT FROM (SELECT FROM market_intraday_daily r WHERE r.instrument_id = b.instrument_id AND r.bucket = b.session_date::timestamp AT TIME ZONE 'UTC' OFFSET 0) intraday
);

-- The page of jobs that gave up is in the order of event ids: without this it is read by the primary key, past all that are done.
CREATE INDEX idx_deliveries_dead_event ON deliveries (event_id) WHERE status = 'dead';

-- What a job has not done yet. Under row-level security the planner may not use statistics of an enum, so it takes a partial index for one as large as the table
-- and reads the primary key instead, unless the index has a column of the condition, as this one has.
CREATE INDEX idx_deliveries_unfinished ON deliveries (job_name, created_at) WHERE status <> 'done';
