CREATE TABLE instruments (
  id uuid PRIMARY KEY,
  symbol text NOT NULL,
  isin char(12),
  name text NOT NULL,
  description text,
  type instrument_type NOT NULL,
  exchange_code text,
  currency_code char(3) NOT NULL,
  sector text,
  industry text,
  market_cap numeric(24,2),
  shares_outstanding numeric(24,2),
  fundamental_data jsonb NOT NULL DEFAULT '{}',
  is_tradeable boolean NOT NULL DEFAULT true,
  listed_date timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT instruments_symbol_unique UNIQUE (symbol)
);

-- One bar per instrument and session of its exchange, imported as such; close-only sources leave the rest NULL. No foreign key (it costs
-- two thirds of COPY's speed), no row-level security (public data), no retention: history is what this table is for.
CREATE TABLE daily_bars (
  instrument_id uuid NOT NULL,
  session_date date NOT NULL,
  open numeric(20,8),
  high numeric(20,8),
  low numeric(20,8),
  close numeric(20,8) NOT NULL,
  volume numeric(20,8),
  source text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (instrument_id, session_date)
) PARTITION BY RANGE (session_date);

CREATE TABLE fx_rates (
  base_currency char(3) NOT NULL,
  quote_currency char(3) NOT NULL,
  as_of timestamptz NOT NULL,
  rate numeric(20,10) NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (base_currency, quote_currency, as_of),
  CONSTRAINT fx_rates_rate_positive CHECK (rate > 0)
);
