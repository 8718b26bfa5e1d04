-- What a trade costs its investor where no fee is told, by the currency that it is paid in. A currency without a line costs nothing.
CREATE TABLE fee_schedules (
  currency_code char(3) PRIMARY KEY,
  per_order numeric(20,8) NOT NULL DEFAULT 0,
  -- Of what a trade is worth, slice by slice: [{"upTo": "10000" or null, "percent": "0.5"}], ascending, the last without an end.
  tiers jsonb NOT NULL DEFAULT '[]',
  minimum numeric(20,8) NOT NULL DEFAULT 0,
  maximum numeric(20,8),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT fee_schedules_not_negative CHECK (per_order >= 0 AND minimum >= 0 AND maximum >= minimum),
  CONSTRAINT fee_schedules_tiers_listed CHECK (jsonb_typeof(tiers) = 'array')
);
GRANT SELECT ON fee_schedules TO authenticated_user, admin_role, worker_role;
GRANT INSERT, UPDATE ON fee_schedules TO admin_role;
