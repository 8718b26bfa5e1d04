-- What a program signs in with instead of a person: a secret that is shown once, of which only SHA-256 is kept, with a few of its owner's rights
-- for a time. Never an operator's, and never `account`, which says who else gets in: the CHECK holds whoever writes here to that.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  name text NOT NULL,
  -- how the key begins, so that its owner knows it again
  prefix text NOT NULL,
  -- base64url(SHA-256(key)), never the key
  key_hash text NOT NULL,
  permissions text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT api_keys_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT api_keys_key_hash_unique UNIQUE (key_hash),
  CONSTRAINT api_keys_expires_later CHECK (expires_at > created_at),
  CONSTRAINT api_keys_investors_rights CHECK (permissions <@ ARRAY['read', 'write', 'trade'] AND cardinality(permissions) > 0)
);
CREATE INDEX idx_api_keys_user_id ON api_keys (user_id);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY user_api_keys ON api_keys FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY definer_all_api_keys ON api_keys FOR ALL TO definer_role USING (true) WITH CHECK (true);
GRANT SELECT, INSERT (id, user_id, name, prefix, key_hash, permissions, created_at, expires_at), UPDATE (revoked_at) ON api_keys TO authenticated_user;
GRANT SELECT, UPDATE (name, last_used_at, revoked_at) ON api_keys TO definer_role;

-- Finds the key of that hash while it counts, and notes that it was used: at most once a minute, so that a busy program costs no write a call.
CREATE FUNCTION use_api_key(p_key_hash text, p_at timestamptz)
RETURNS TABLE (key_id uuid, user_id uuid, expires_at timestamptz, permissions text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  found_key api_keys;
BEGIN
  SELECT k.* INTO found_key FROM api_keys k JOIN users u ON u.id = k.user_id
  WHERE k.key_hash = p_key_hash AND k.revoked_at IS NULL AND u.is_active AND k.expires_at > GREATEST(now(), p_at);
  IF found_key.id IS NULL THEN
    RETURN;
  END IF;
  IF found_key.last_used_at IS NULL OR found_key.last_used_at <= p_at - interval '1 minute' THEN
    UPDATE api_keys k SET last_used_at = p_at WHERE k.id = found_key.id AND k.last_used_at IS NOT DISTINCT FROM found_key.last_used_at;
  END IF;
  RETURN QUERY SELECT found_key.id, found_key.user_id, found_key.expires_at, found_key.permissions;
END $$;

-- Whose data key is destroyed is erased: what else would let a program in goes in the same transaction, and so does what they called it.
CREATE FUNCTION forget_credentials() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE api_keys SET revoked_at = COALESCE(revoked_at, now()), name = 'erased' WHERE user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_credentials AFTER INSERT OR UPDATE OF destroyed_at ON person_keys FOR EACH ROW WHEN (NEW.destroyed_at IS NOT NULL)
  EXECUTE FUNCTION forget_credentials();

GRANT EXECUTE ON FUNCTION use_api_key(text, timestamptz) TO anonymous_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION use_api_key(text, timestamptz) OWNER TO definer_role;
ALTER FUNCTION forget_credentials() OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;

-- A person's own session says who else gets in; one from before this has to begin anew for that.
GRANT CREATE ON SCHEMA public TO definer_role;
SET LOCAL ROLE definer_role;
CREATE OR REPLACE FUNCTION begin_session(p_id uuid, p_password_hash text, p_token_hash text, p_device_info text, p_ip_address inet, p_at timestamptz, p_lifetime_seconds integer, p_idle_seconds integer)
RETURNS text[] LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  granted text[];
BEGIN
  SELECT ARRAY['read', 'write', 'trade', 'account'] || u.operator_scopes INTO granted FROM users u
  WHERE u.id = app_user_id() AND u.is_active AND u.password_hash = p_password_hash FOR NO KEY UPDATE;
  IF granted IS NULL THEN
    RETURN NULL;
  END IF;
  IF p_lifetime_seconds > 31 * 86400 THEN
    RAISE EXCEPTION 'a session lasts 31 days at most' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO user_sessions (id, user_id, session_token, device_info, ip_address, created_at, expires_at, permissions, last_activity_at, idle_seconds)
  VALUES (p_id, app_user_id(), p_token_hash, p_device_info, p_ip_address, p_at, p_at + make_interval(secs => p_lifetime_seconds), granted, p_at, p_idle_seconds);
  RETURN granted;
END $$;

-- A program's transaction asks of its key what a person's asks of their session.
CREATE OR REPLACE FUNCTION assert_session(p_session_id uuid) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM user_sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id = p_session_id AND NOT (s.is_active AND u.is_active AND s.expires_at > now()))
     OR EXISTS (SELECT FROM api_keys k JOIN users u ON u.id = k.user_id
                WHERE k.id = p_session_id AND NOT (k.revoked_at IS NULL AND u.is_active AND k.expires_at > now())) THEN
    RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'TR002';
  END IF;
END $$;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM definer_role;
