-- The settings that these read are set for one transaction, as bind parameters, by operations that declare `pii`, and by nothing else.
-- Unset is NULL, and a pooled connection that had them set reads '' afterwards: both mean that there is no key.

-- TR030: no key in this session. TR031: a key of somebody else's.
-- Salted S2K with one SHA-256 instead of the iterated default: iterations slow down guessing of a weak passphrase, and this key is 256 random
-- bits, so they would cost 20 times the time and guard nothing. The salt gives each message a key of its own.
CREATE FUNCTION encrypt_pii(data text) RETURNS bytea LANGUAGE plpgsql VOLATILE STRICT SET search_path = public, pg_temp AS $$
DECLARE
  key text := NULLIF(current_setting('app.encryption_key', true), '');
  key_id uuid := NULLIF(current_setting('app.encryption_key_id', true), '')::uuid;
BEGIN
  IF key IS NULL OR key_id IS NULL THEN
    RAISE EXCEPTION 'this session holds no key of a person' USING ERRCODE = 'TR030', HINT = 'Only operations that declare pii get one.';
  END IF;
  RETURN '\x01'::bytea || uuid_send(key_id) || pgp_sym_encrypt(data, key, 'cipher-algo=aes256, s2k-mode=1, s2k-digest-algo=sha256, compress-algo=0');
END $$;

CREATE FUNCTION decrypt_pii(data bytea) RETURNS text LANGUAGE plpgsql STABLE STRICT SET search_path = public, pg_temp AS $$
DECLARE
  key text := NULLIF(current_setting('app.encryption_key', true), '');
  key_id uuid := NULLIF(current_setting('app.encryption_key_id', true), '')::uuid;
BEGIN
  IF key IS NULL OR key_id IS NULL THEN
    RAISE EXCEPTION 'this session holds no key of a person' USING ERRCODE = 'TR030', HINT = 'Only operations that declare pii get one.';
  END IF;
  IF NOT is_personal_ciphertext(data) OR substring(data FROM 2 FOR 16) <> uuid_send(key_id) THEN
    RAISE EXCEPTION 'this is no ciphertext under the key of this session' USING ERRCODE = 'TR031';
  END IF;
  RETURN pgp_sym_decrypt(substring(data FROM 18), key);
END $$;

-- Equality search without decrypting: a keyed hash under a key that opens nothing else.
CREATE FUNCTION blind_index(data text) RETURNS bytea LANGUAGE plpgsql STABLE STRICT SET search_path = public, pg_temp AS $$
DECLARE
  key text := NULLIF(current_setting('app.blind_index_key', true), '');
BEGIN
  IF key IS NULL THEN
    RAISE EXCEPTION 'this session holds no key of the blind index' USING ERRCODE = 'TR030', HINT = 'Only operations that declare pii get one.';
  END IF;
  RETURN hmac(data, key, 'sha256');
END $$;

-- phone, birth_date, kyc_documents, income_range_min/max, first_name and last_name are inboxes: what is written there moves into its *_enc column
-- and leaves NULL. Whatever else is updated touches no ciphertext. A date goes as ISO 8601 whatever DateStyle says.
CREATE FUNCTION encrypt_sensitive_data() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.phone IS NULL AND NEW.birth_date IS NULL AND NEW.kyc_documents IS NULL AND NEW.income_range_min IS NULL AND NEW.income_range_max IS NULL
     AND NEW.first_name IS NULL AND NEW.last_name IS NULL THEN
    RETURN NEW;
  END IF;
  -- Under a key of somebody else's the data would survive this person's erasure.
  IF NOT EXISTS (SELECT FROM person_keys k WHERE k.user_id = NEW.id AND k.destroyed_at IS NULL
                   AND k.key_id = NULLIF(current_setting('app.encryption_key_id', true), '')::uuid) THEN
    -- Names of an older database are plain until their person gets a key; until then everything else about them changes as ever.
    IF TG_OP = 'UPDATE' AND (NEW.phone, NEW.birth_date, NEW.kyc_documents, NEW.income_range_min, NEW.income_range_max, NEW.first_name, NEW.last_name)
       IS NOT DISTINCT FROM (OLD.phone, OLD.birth_date, OLD.kyc_documents, OLD.income_range_min, OLD.income_range_max, OLD.first_name, OLD.last_name) THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'this session does not hold the key of the person whose data is written' USING ERRCODE = 'TR031',
      HINT = 'An operation that declares pii opens the key of its subject.';
  END IF;
  IF NEW.first_name IS NOT NULL THEN
    NEW.first_name_enc := encrypt_pii(NEW.first_name);
    NEW.first_name := NULL;
  END IF;
  IF NEW.last_name IS NOT NULL THEN
    NEW.last_name_enc := encrypt_pii(NEW.last_name);
    NEW.last_name := NULL;
  END IF;
  IF NEW.phone IS NOT NULL THEN
    NEW.phone_enc := encrypt_pii(NEW.phone);
    NEW.phone_bidx := blind_index(NEW.phone);
    NEW.phone := NULL;
  END IF;
  IF NEW.birth_date IS NOT NULL THEN
    NEW.birth_date_enc := encrypt_pii(to_char(NEW.birth_date, 'YYYY-MM-DD'));
    NEW.birth_date := NULL;
  END IF;
  IF NEW.kyc_documents IS NOT NULL THEN
    NEW.kyc_documents_enc := encrypt_pii(NEW.kyc_documents::text);
    NEW.kyc_documents := NULL;
  END IF;
  IF NEW.income_range_min IS NOT NULL OR NEW.income_range_max IS NOT NULL THEN
    NEW.income_range_enc := encrypt_pii(jsonb_build_object('min', NEW.income_range_min::text, 'max', NEW.income_range_max::text)::text);
    NEW.income_range_min := NULL;
    NEW.income_range_max := NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER encrypt_user_pii BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION encrypt_sensitive_data();

-- An account and its key are one act. The names come last: the trigger wants to see the key, and the key its user.
DROP FUNCTION register_user(uuid, text, text, text, text, text, text);
CREATE FUNCTION register_user(p_id uuid, p_email text, p_password_hash text, p_first_name text, p_last_name text, p_country_code text, p_timezone text,
                              p_key_id uuid, p_wrapped_key bytea, p_master_key_id text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO users (id, email, password_hash, country_code, timezone) VALUES (p_id, p_email, p_password_hash, p_country_code, COALESCE(p_timezone, 'UTC'));
  INSERT INTO person_keys (user_id, key_id, wrapped_key, master_key_id) VALUES (p_id, p_key_id, p_wrapped_key, p_master_key_id);
  UPDATE users SET first_name = p_first_name, last_name = p_last_name WHERE id = p_id;
$$;

-- People of a database that is older than this: without a key, and with names in plain text. The next ones after an id, in order of their ids.
CREATE FUNCTION people_without_key(p_after uuid, p_limit integer) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id FROM users u
  WHERE u.id > p_after AND (u.first_name IS NOT NULL OR u.last_name IS NOT NULL OR NOT EXISTS (SELECT FROM person_keys k WHERE k.user_id = u.id))
  ORDER BY u.id LIMIT p_limit
$$;

-- Gives a person the key of this session and moves their names under it. False: they have one already, and nothing was done.
CREATE FUNCTION give_person_key(p_user_id uuid, p_key_id uuid, p_wrapped_key bytea, p_master_key_id text)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO person_keys (user_id, key_id, wrapped_key, master_key_id) VALUES (p_user_id, p_key_id, p_wrapped_key, p_master_key_id) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  -- To themselves: whatever is plain is what the trigger moves.
  UPDATE users SET first_name = first_name, last_name = last_name WHERE id = p_user_id;
  RETURN true;
END $$;

-- After a change of the blind index's key: this person's entry anew, under the key of this session. False: there is no phone number.
CREATE FUNCTION reindex_person(p_user_id uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE users SET phone_bidx = blind_index(decrypt_pii(phone_enc)) WHERE id = p_user_id AND phone_enc IS NOT NULL;
  RETURN FOUND;
END $$;

-- Erases a person: 'erased', 'holds' (money or instruments are left), 'gone' (erased before), 'unknown'. What names them goes, and with the key
-- what was encrypted; ledger and audit keep their rows. Portfolios are closed under their lock, so that no deposit on its way fills one again.
CREATE FUNCTION erase_person(p_user_id uuid) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM users WHERE id = p_user_id FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF EXISTS (SELECT FROM person_keys WHERE user_id = p_user_id AND destroyed_at IS NOT NULL) THEN RETURN 'gone'; END IF;
  PERFORM FROM portfolios WHERE user_id = p_user_id ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM portfolios WHERE user_id = p_user_id AND (cash_balance <> 0 OR reserved_cash <> 0))
     OR EXISTS (SELECT FROM positions WHERE user_id = p_user_id AND (quantity <> 0 OR reserved_quantity <> 0)) THEN
    RETURN 'holds';
  END IF;
  UPDATE portfolios SET status = 'CLOSED', updated_at = now() WHERE user_id = p_user_id AND status <> 'CLOSED';
  -- Without a key, too: nobody may give an erased person one.
  INSERT INTO person_keys (user_id, key_id, master_key_id, destroyed_at) VALUES (p_user_id, gen_random_uuid(), 'none', now())
  ON CONFLICT (user_id) DO UPDATE SET wrapped_key = NULL, destroyed_at = EXCLUDED.destroyed_at;
  UPDATE users SET email = 'erased-' || p_user_id || '@erased.invalid', password_hash = 'erased', is_active = false, email_verified = false, operator_scopes = '{}',
    first_name = NULL, last_name = NULL, first_name_enc = NULL, last_name_enc = NULL, phone_enc = NULL, phone_bidx = NULL, birth_date_enc = NULL,
    kyc_documents_enc = NULL, income_range_enc = NULL, country_code = NULL, timezone = 'UTC', updated_at = now() WHERE id = p_user_id;
  UPDATE user_sessions SET is_active = false, device_info = NULL, ip_address = NULL WHERE user_id = p_user_id;
  RETURN 'erased';
END $$;

-- Makes the CHECK forbid plain names too, once nobody has any, in two calls: the first adds it for what is written from now on, the second
-- proves it of what is there, beside traffic. Added while names are plain it would refuse every other change of those rows, sign-in first.
-- True: it is proven. Rather than let traffic queue behind it, it gives up and is called again.
CREATE FUNCTION seal_personal_names() RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
  sealed boolean;
BEGIN
  SELECT convalidated INTO sealed FROM pg_constraint
  WHERE conrelid = 'users'::regclass AND conname = 'users_no_plain_pii' AND pg_get_constraintdef(oid) LIKE '%first_name IS NULL%';
  IF sealed IS NULL THEN
    IF EXISTS (SELECT FROM people_without_key('00000000-0000-0000-0000-000000000000', 1)) THEN RETURN false; END IF;
    ALTER TABLE users DROP CONSTRAINT users_no_plain_pii, ADD CONSTRAINT users_no_plain_pii CHECK (phone IS NULL AND birth_date IS NULL AND kyc_documents IS NULL
      AND income_range_min IS NULL AND income_range_max IS NULL AND first_name IS NULL AND last_name IS NULL) NOT VALID;
  ELSIF NOT sealed THEN
    ALTER TABLE users VALIDATE CONSTRAINT users_no_plain_pii;
    RETURN true;
  END IF;
  RETURN sealed IS TRUE;
END $$;

-- Who may do what.
GRANT EXECUTE ON FUNCTION encrypt_pii(text), decrypt_pii(bytea), blind_index(text) TO authenticated_user, admin_role, worker_role, definer_role;
GRANT EXECUTE ON FUNCTION encrypt_sensitive_data() TO authenticated_user, admin_role, definer_role;
GRANT EXECUTE ON FUNCTION register_user(uuid, text, text, text, text, text, text, uuid, bytea, text) TO anonymous_role;
GRANT EXECUTE ON FUNCTION people_without_key(uuid, integer), give_person_key(uuid, uuid, bytea, text), reindex_person(uuid), seal_personal_names() TO worker_role;
GRANT EXECUTE ON FUNCTION erase_person(uuid) TO admin_role;

GRANT SELECT (first_name_enc, last_name_enc, phone_enc, phone_bidx, birth_date_enc, income_range_enc) ON users TO authenticated_user, admin_role;
-- Inboxes to write into; the ciphertexts only to take something back, which leaves NULL.
GRANT UPDATE (phone, birth_date, income_range_min, income_range_max, phone_enc, phone_bidx, birth_date_enc, income_range_enc) ON users TO authenticated_user;
-- The hash of a token opens nothing; whoever ends a person's sessions tells the cache by it.
GRANT SELECT (session_token) ON user_sessions TO admin_role;

GRANT SELECT ON person_keys TO authenticated_user, admin_role, worker_role, definer_role;
GRANT UPDATE (wrapped_key, master_key_id, rewrapped_at) ON person_keys TO worker_role;
GRANT INSERT, UPDATE (wrapped_key, destroyed_at) ON person_keys TO definer_role;
GRANT SELECT (first_name, last_name, first_name_enc, last_name_enc, phone_enc),
  UPDATE (first_name, last_name, first_name_enc, last_name_enc, phone_enc, phone_bidx, birth_date_enc, kyc_documents_enc, income_range_enc, email, password_hash,
    is_active, email_verified, operator_scopes, country_code, timezone, updated_at) ON users TO definer_role;
GRANT UPDATE (status) ON portfolios TO definer_role;
GRANT UPDATE (is_active, device_info, ip_address) ON user_sessions TO definer_role;

GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION register_user(uuid, text, text, text, text, text, text, uuid, bytea, text) OWNER TO definer_role;
ALTER FUNCTION people_without_key(uuid, integer) OWNER TO definer_role;
ALTER FUNCTION give_person_key(uuid, uuid, bytea, text) OWNER TO definer_role;
ALTER FUNCTION reindex_person(uuid) OWNER TO definer_role;
ALTER FUNCTION erase_person(uuid) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
-- seal_personal_names asks it as the owner of the table, who sees no row of it. The giver must be the function's owner by now.
SET LOCAL ROLE definer_role;
GRANT EXECUTE ON FUNCTION people_without_key(uuid, integer) TO trii_owner;
RESET ROLE;
