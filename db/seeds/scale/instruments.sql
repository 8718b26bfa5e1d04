-- The instruments of the chunk that are missing, each with all its bars, by one transaction: one that is there is whole.
CREATE TEMPORARY TABLE scale_instruments ON COMMIT DROP AS
SELECT no, pg_temp.scale_id('instrument', no) AS id FROM scale_chunk CROSS JOIN LATERAL generate_series(first, last) AS no
WHERE NOT EXISTS (SELECT FROM instruments WHERE id = pg_temp.scale_id('instrument', no));

INSERT INTO instruments (id, symbol, name, type, exchange_code, currency_code, created_at, updated_at)
SELECT id, 'SCALE' || lpad((no + 1)::text, 4, '0'), 'Scale ' || (no + 1), 'STOCK', 'XNYS', 'USD', '2025-01-01', '2025-01-01' FROM scale_instruments ORDER BY no;

-- A walk in cents: the price starts between 10 and 510, moves by up to 1.4 % of that a session and is thrown back at a tenth of it.
INSERT INTO scale_days
SELECT no, id, session_no, open, greatest(open, close) + pg_temp.draw(chance, 1, base / 100 + 1), greatest(least(open, close) - pg_temp.draw(chance, 2, base / 100 + 1), 1),
       close, 100 * (100 + pg_temp.draw(chance, 3, 9900))
FROM (
  SELECT no, id, session_no, base, chance, close, lag(close, 1, base) OVER (PARTITION BY no ORDER BY session_no) AS open
  FROM (
    SELECT i.no, i.id, i.base, s.no AS session_no, s.chance,
           i.base / 10 + abs(i.base * 9 / 10 + (sum(pg_temp.draw(s.chance, 0, i.base * 28 / 1000 + 1) - i.base * 14 / 1000) OVER (PARTITION BY i.no ORDER BY s.no))::bigint) AS close
    FROM (SELECT no, id, 1000 + pg_temp.chance('base', no) % 50000 AS base FROM scale_instruments) i
    CROSS JOIN LATERAL (SELECT no, pg_temp.chance('day', i.no * 10000::bigint + no) AS chance FROM scale_sessions OFFSET 0) s
  ) walk
) days;

INSERT INTO daily_bars (instrument_id, session_date, open, high, low, close, volume, source, created_at, updated_at)
SELECT d.instrument_id, s.date, d.open / 100.0, d.high / 100.0, d.low / 100.0, d.close / 100.0, d.volume, 'scale', '2025-01-01', '2025-01-01'
FROM scale_days d JOIN scale_sessions s ON s.no = d.session_no WHERE NOT s.is_last
ORDER BY d.instrument_no, d.session_no;

-- The last session's way from its open to its close in 390 minutes.
INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume, created_at)
SELECT instrument_id, closes_at - make_interval(mins => 391 - minute), open / 100.0, (greatest(open, close) + pg_temp.draw(chance, 1, 3)) / 100.0,
       greatest(least(open, close) - pg_temp.draw(chance, 2, 3), 1) / 100.0, close / 100.0, 100 * (1 + pg_temp.draw(chance, 3, 99)), '2025-01-01'
FROM (
  SELECT instrument_no, instrument_id, closes_at, minute, chance, close, lag(close, 1, first_open) OVER (PARTITION BY instrument_no ORDER BY minute) AS open
  FROM (
    SELECT d.instrument_no, d.instrument_id, s.closes_at, d.open AS first_open, m.minute, m.chance,
           CASE m.minute WHEN 390 THEN d.close
             ELSE greatest(d.open + (d.close - d.open) * m.minute / 390 + pg_temp.draw(m.chance, 0, d.open / 250 + 1) - d.open / 500, 1) END AS close
    FROM scale_days d JOIN scale_sessions s ON s.no = d.session_no AND s.is_last
    CROSS JOIN LATERAL (SELECT minute, pg_temp.chance('minute', d.instrument_no * 1000::bigint + minute) AS chance FROM generate_series(1, 390) AS minute OFFSET 0) m
  ) way
) minutes
ORDER BY instrument_no, minute;

SELECT (SELECT count(*) FROM scale_days) + (SELECT 390 * count(*) FROM scale_instruments) AS written;
