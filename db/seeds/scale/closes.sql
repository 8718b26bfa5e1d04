-- Bounds on both columns of the view, each for one half of it.
INSERT INTO scale_closes
SELECT v.instrument_id, s.turn, (v.close * 100)::bigint
FROM (SELECT min(date) AS first FROM scale_sessions WHERE turn IS NOT NULL) f
CROSS JOIN LATERAL (SELECT * FROM market_data_daily WHERE session_date >= f.first AND bucket >= f.first::timestamp AT TIME ZONE 'UTC') v
JOIN scale_sessions s ON s.date = v.session_date;
ANALYZE scale_closes;
