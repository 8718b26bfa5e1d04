-- Once per connection. Everything here is temporary: a scaled database has no function or table that others lack.
-- Each function is one expression, so that the planner puts it in place of its call.

-- A number from 0 to 2^63 - 1 by chance. PostgreSQL keeps this hash as it is: rows find their hash partitions by it.
CREATE FUNCTION pg_temp.chance(p_kind text, p_no bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT hashint8extended(p_no, hashtextextended(p_kind, 20251231)) & 9223372036854775807
$$;

-- One of four independent numbers of 15 bits in it, brought to 0 to p_count - 1.
CREATE FUNCTION pg_temp.draw(p_chance bigint, p_part integer, p_count bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_chance >> (15 * p_part) & 32767) % p_count
$$;

-- A UUID of version 7, as the application makes them: it begins with milliseconds, here counted up from 2025-01-01, and ends by chance.
CREATE FUNCTION pg_temp.scale_id(p_kind text, p_no bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT overlay(overlay(overlay(md5(p_kind || ' ' || p_no::text) PLACING '8' FROM 17) PLACING '7' FROM 13) PLACING lpad(to_hex(1735689600000 + p_no), 12, '0') FROM 1)::uuid
$$;

CREATE FUNCTION pg_temp.scale_email(p_no bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'scale-' || lpad(p_no::text, 6, '0') || '@example.com' $$;

-- Percent with four digits, rounded half-even as the platform does it and PostgreSQL's round() of a numeric does not. Both are cents.
CREATE FUNCTION pg_temp.percent(p_part bigint, p_whole bigint) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_part * 1000000 / p_whole + CASE WHEN 2 * (p_part * 1000000 % p_whole) + p_part * 1000000 / p_whole % 2 > p_whole THEN 1 ELSE 0 END) * 0.0001
$$;

-- Factors are multiplied one after the other, as the platform does it: a sum of logarithms would differ in the last digit.
CREATE AGGREGATE pg_temp.product(float8) (sfunc = float8mul, stype = float8, initcond = '1');

-- A statistic as snapshots hold it, from all the digits that the float has.
CREATE FUNCTION pg_temp.statistic(p_value float8) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT round(p_value::text::numeric, 8) $$;

-- The sessions of the New York Stock Exchange, oldest first. The last is covered by minutes, the others by a daily bar. `turn` counts those that portfolios
-- have, from 1.
CREATE TEMPORARY TABLE scale_sessions (no integer PRIMARY KEY, date date NOT NULL, closes_at timestamptz NOT NULL, turn integer UNIQUE, is_last boolean NOT NULL);

-- Of the portfolios' sessions, once the bars are there: what the platform's own view says.
CREATE TEMPORARY TABLE scale_closes (instrument_id uuid, turn integer, close bigint NOT NULL, PRIMARY KEY (instrument_id, turn));

-- The numbers of the instruments (from 0) or portfolios (from 1) that are under way, both included.
CREATE TEMPORARY TABLE scale_chunk (first integer NOT NULL, last integer NOT NULL);

-- What one chunk is made of; each is emptied by the commit. All money is in cents.
CREATE TEMPORARY TABLE scale_days (
  instrument_no integer, instrument_id uuid, session_no integer, open bigint, high bigint, low bigint, close bigint, volume bigint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE scale_portfolios (no integer PRIMARY KEY, user_id uuid, portfolio_id uuid) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE scale_buys (
  no bigint PRIMARY KEY, portfolio_no integer, user_id uuid, portfolio_id uuid, trade_id uuid, instrument_id uuid, symbol text, turn integer, date date,
  executed_at timestamptz, quantity bigint, price bigint, gross bigint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE scale_deposits (portfolio_no integer PRIMARY KEY, amount bigint) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE scale_holdings (
  portfolio_no integer, portfolio_id uuid, turn integer, instrument_id uuid, symbol text, price bigint, value bigint, cost bigint
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE scale_values (
  portfolio_no integer, turn integer, cash bigint, invested bigint, value bigint, total bigint, allocation jsonb
) ON COMMIT DELETE ROWS;
