-- An operator enters exchange rates, one by one or from a file, and mends them.
ALTER TABLE fx_rates ADD CONSTRAINT fx_rates_two_currencies CHECK (base_currency <> quote_currency);
GRANT INSERT, UPDATE (rate, source) ON fx_rates TO admin_role;

-- One row: how the platform uses rates, and what it takes for an exchange.
CREATE TABLE fx_policy (
  singleton boolean PRIMARY KEY DEFAULT true,
  -- A pair without a rate of its own is worked out through this one currency.
  pivot_currency char(3) NOT NULL DEFAULT 'USD',
  -- Older than this a rate marks a valuation as stale: four days reach over a weekend and a holiday on each side.
  valuation_age_hours_max integer NOT NULL DEFAULT 96,
  -- Older than this a rate exchanges nothing, and books no trade.
  exchange_age_hours_max integer NOT NULL DEFAULT 24,
  -- Of the amount that an exchange brings, in hundredths of a percent.
  spread_bps numeric(8,4) NOT NULL DEFAULT 50,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fx_policy_one_row CHECK (singleton),
  CONSTRAINT fx_policy_ages_positive CHECK (valuation_age_hours_max > 0 AND exchange_age_hours_max > 0),
  CONSTRAINT fx_policy_spread_a_part CHECK (spread_bps >= 0 AND spread_bps < 10000)
);
INSERT INTO fx_policy DEFAULT VALUES;
GRANT SELECT ON fx_policy TO authenticated_user, admin_role, worker_role;
GRANT UPDATE (pivot_currency, valuation_age_hours_max, exchange_age_hours_max, spread_bps, updated_at) ON fx_policy TO admin_role;
