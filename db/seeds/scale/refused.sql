-- What is not of a scaled database, as its own words; nothing on an empty one.
SELECT 'the investor ' || email AS found FROM users
WHERE CASE WHEN email ~ '^scale-[0-9]{6}@example\.com$' THEN id <> pg_temp.scale_id('user', substr(email, 7, 6)::bigint) ELSE true END
UNION ALL
SELECT 'the instrument ' || symbol FROM instruments
WHERE CASE WHEN symbol ~ '^SCALE[0-9]{4}$' THEN id <> pg_temp.scale_id('instrument', substr(symbol, 6)::bigint - 1) ELSE true END
LIMIT 1
