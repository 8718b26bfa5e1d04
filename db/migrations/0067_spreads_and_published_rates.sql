-- What an exchange of one pair costs, either way round, where that is not what all others cost.
CREATE TABLE fx_spreads (
  -- The pair's two codes in the order of the alphabet.
  first_currency char(3) NOT NULL,
  second_currency char(3) NOT NULL,
  spread_bps numeric(8,4) NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (first_currency, second_currency),
  CONSTRAINT fx_spreads_pair_in_order CHECK (first_currency < second_currency),
  CONSTRAINT fx_spreads_a_part CHECK (spread_bps >= 0 AND spread_bps < 10000)
);
GRANT SELECT ON fx_spreads TO authenticated_user, admin_role, worker_role;
GRANT INSERT, UPDATE, DELETE ON fx_spreads TO admin_role;

-- A job enters what a source publishes.
GRANT INSERT, UPDATE (rate, source) ON fx_rates TO worker_role;
