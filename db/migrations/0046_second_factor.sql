-- A second factor: one-time codes by time (RFC 6238). The secret rests as ciphertext under its owner's own data key, so that a dump lets nobody in
-- and erasing the person ends it. It counts once its owner has shown a code of it; a code counts once: the step of the last one is kept.
CREATE TABLE totp_factors (
  user_id uuid PRIMARY KEY,
  secret_enc bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  confirmed_at timestamptz,
  last_used_step bigint,
  failed_attempts integer NOT NULL DEFAULT 0,
  last_failed_at timestamptz,
  CONSTRAINT totp_factors_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT totp_factors_secret_enc_layout CHECK (is_personal_ciphertext(secret_enc)),
  CONSTRAINT totp_factors_failed_not_negative CHECK (failed_attempts >= 0)
);
-- For who has lost the device: each counts once. 120 random bits, so SHA-256 is enough.
CREATE TABLE recovery_codes (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  -- base64url(SHA-256(code)), never the code
  code_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz,
  CONSTRAINT recovery_codes_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT recovery_codes_once UNIQUE (user_id, code_hash)
);
CREATE INDEX idx_recovery_codes_user_id ON recovery_codes (user_id);

ALTER TABLE totp_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE totp_factors FORCE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY user_totp_factors ON totp_factors FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY definer_all_totp_factors ON totp_factors FOR ALL TO definer_role USING (true) WITH CHECK (true);
CREATE POLICY user_recovery_codes ON recovery_codes FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY definer_all_recovery_codes ON recovery_codes FOR ALL TO definer_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT (user_id, secret_enc, created_at), UPDATE (confirmed_at, last_used_step, failed_attempts, last_failed_at), DELETE ON totp_factors TO authenticated_user;
GRANT SELECT, INSERT (id, user_id, code_hash, created_at), UPDATE (used_at), DELETE ON recovery_codes TO authenticated_user;
GRANT SELECT, DELETE ON totp_factors, recovery_codes TO definer_role;

-- A sign-in compares the code in a transaction of the person's own, which needs their data key: wrapped, so that the vault alone opens it.
CREATE FUNCTION second_factor_key(p_user_id uuid) RETURNS TABLE (key_id uuid, wrapped_key bytea, master_key_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.key_id, k.wrapped_key, k.master_key_id FROM totp_factors f JOIN person_keys k ON k.user_id = f.user_id
  WHERE f.user_id = p_user_id AND f.confirmed_at IS NOT NULL AND k.wrapped_key IS NOT NULL
$$;

-- An operator lets in who has lost device and codes. False: there was no second factor.
CREATE FUNCTION reset_second_factor(p_user_id uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  was_confirmed boolean;
BEGIN
  DELETE FROM recovery_codes WHERE user_id = p_user_id;
  DELETE FROM totp_factors WHERE user_id = p_user_id RETURNING confirmed_at IS NOT NULL INTO was_confirmed;
  RETURN COALESCE(was_confirmed, false);
END $$;

-- With the data key of an erased person nothing could be compared any more; nothing of it stays either.
CREATE FUNCTION forget_second_factor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM reset_second_factor(NEW.user_id);
  RETURN NULL;
END $$;
CREATE TRIGGER forget_second_factor AFTER INSERT OR UPDATE OF destroyed_at ON person_keys FOR EACH ROW WHEN (NEW.destroyed_at IS NOT NULL)
  EXECUTE FUNCTION forget_second_factor();

GRANT EXECUTE ON FUNCTION second_factor_key(uuid) TO anonymous_role;
GRANT EXECUTE ON FUNCTION reset_second_factor(uuid) TO admin_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION second_factor_key(uuid) OWNER TO definer_role;
ALTER FUNCTION reset_second_factor(uuid) OWNER TO definer_role;
ALTER FUNCTION forget_second_factor() OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
