-- Personal data at rest is ciphertext under a key of the person's own (docs/adr/0015). This part adds what holds it; nothing here rewrites a
-- table or reads one, so it runs beside traffic. 0025 adds what encrypts, 0026 checks and seals.

-- One data key per person, wrapped under a master key that lives outside the database. Without that master key a row is noise; with the
-- wrapped key gone (destroyed_at) the person's ciphertexts are noise for ever.
CREATE TABLE person_keys (
  user_id uuid PRIMARY KEY,
  key_id uuid NOT NULL,
  wrapped_key bytea,
  master_key_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  rewrapped_at timestamptz,
  destroyed_at timestamptz,
  CONSTRAINT person_keys_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT person_keys_key_id_unique UNIQUE (key_id),
  CONSTRAINT person_keys_destroyed_for_good CHECK (destroyed_at IS NULL OR wrapped_key IS NULL)
);

ALTER TABLE person_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY user_person_keys ON person_keys FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_person_keys ON person_keys FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_person_keys ON person_keys FOR ALL TO worker_role USING (true) WITH CHECK (true);
CREATE POLICY definer_all_person_keys ON person_keys FOR ALL TO definer_role USING (true) WITH CHECK (true);

ALTER TABLE users ADD COLUMN first_name_enc bytea, ADD COLUMN last_name_enc bytea;

-- What a ciphertext of a person's looks like: version 1, 16 bytes of key id, an OpenPGP message whose header says AES-256, salted S2K, SHA-256,
-- then the packet with integrity protection. No text that a person writes begins with these bytes.
CREATE FUNCTION is_personal_ciphertext(data bytea) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT octet_length(data) >= 64 AND substring(data FROM 1 FOR 1) = '\x01' AND substring(data FROM 18 FOR 6) = '\xc30c04090108' AND substring(data FROM 32 FOR 1) = '\xd2'
$$;
GRANT EXECUTE ON FUNCTION is_personal_ciphertext(bytea) TO authenticated_user, admin_role, worker_role, definer_role;

-- NOT VALID here and validated in 0026: the scan must not hold this lock.
ALTER TABLE users
  ADD CONSTRAINT users_first_name_enc_layout CHECK (is_personal_ciphertext(first_name_enc)) NOT VALID,
  ADD CONSTRAINT users_last_name_enc_layout CHECK (is_personal_ciphertext(last_name_enc)) NOT VALID,
  ADD CONSTRAINT users_phone_enc_layout CHECK (is_personal_ciphertext(phone_enc)) NOT VALID,
  ADD CONSTRAINT users_birth_date_enc_layout CHECK (is_personal_ciphertext(birth_date_enc)) NOT VALID,
  ADD CONSTRAINT users_kyc_documents_enc_layout CHECK (is_personal_ciphertext(kyc_documents_enc)) NOT VALID,
  ADD CONSTRAINT users_income_range_enc_layout CHECK (is_personal_ciphertext(income_range_enc)) NOT VALID,
  ADD CONSTRAINT users_phone_bidx_layout CHECK (octet_length(phone_bidx) = 32) NOT VALID;
