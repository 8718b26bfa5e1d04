-- Personal data. phone, birth_date, kyc_documents and the income range are write-only inboxes: a later trigger moves what is written there
-- into the *_enc column as ciphertext and leaves NULL. Until it exists the CHECK refuses them, so plain text cannot come to rest here even
-- with a trigger switched off. Names stay plain for now: their *_enc columns can be added and filled in place (docs/adr/0012).
CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  password_hash text NOT NULL,
  first_name text,
  last_name text,
  phone text,
  birth_date date,
  kyc_documents jsonb,
  kyc_status kyc_status NOT NULL DEFAULT 'PENDING',
  risk_profile risk_profile,
  investment_experience_years numeric(4,1),
  income_range_min numeric(20,2),
  income_range_max numeric(20,2),
  country_code char(2),
  timezone text NOT NULL DEFAULT 'UTC',
  is_active boolean NOT NULL DEFAULT true,
  email_verified boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  last_login_at timestamptz,
  phone_enc bytea,
  birth_date_enc bytea,
  kyc_documents_enc bytea,
  income_range_enc bytea,
  phone_bidx bytea,
  operator_scopes text[] NOT NULL DEFAULT '{}',
  CONSTRAINT users_no_plain_pii CHECK (phone IS NULL AND birth_date IS NULL AND kyc_documents IS NULL AND income_range_min IS NULL AND income_range_max IS NULL),
  CONSTRAINT users_experience_not_negative CHECK (investment_experience_years >= 0)
);
-- Replaces idx_users_email: unique, whatever the case, and for inactive accounts too.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX idx_users_kyc_status ON users (kyc_status) WHERE kyc_status = 'PENDING';
CREATE INDEX idx_users_phone_bidx ON users (phone_bidx) WHERE phone_bidx IS NOT NULL;

CREATE TABLE user_sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  -- base64url(SHA-256(token)), never the token
  session_token text NOT NULL,
  device_info text,
  ip_address inet,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  permissions text[] NOT NULL,
  CONSTRAINT user_sessions_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT user_sessions_session_token_unique UNIQUE (session_token),
  CONSTRAINT user_sessions_expires_later CHECK (expires_at > created_at)
);
CREATE INDEX idx_user_sessions_user_id ON user_sessions (user_id);

CREATE TABLE user_preferences (
  user_id uuid PRIMARY KEY,
  notification_settings jsonb NOT NULL DEFAULT '{}',
  ui_preferences jsonb NOT NULL DEFAULT '{}',
  trading_preferences jsonb NOT NULL DEFAULT '{}',
  preferred_language text NOT NULL DEFAULT 'es',
  preferred_currency char(3) NOT NULL DEFAULT 'USD',
  risk_tolerance numeric(5,4),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT user_preferences_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT user_preferences_risk_tolerance_range CHECK (risk_tolerance >= 0 AND risk_tolerance <= 1)
);
