-- Whether the caller has a second factor that counts: asked at each call of who must have one.
CREATE FUNCTION has_second_factor() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM totp_factors f WHERE f.user_id = app_user_id() AND f.confirmed_at IS NOT NULL)
$$;

-- As before, and now it revokes the keys of programs too: who resets has lost control of the account, and whoever had it may have made one.
DROP FUNCTION reset_password(text, text, timestamptz);
CREATE FUNCTION reset_password(p_token_hash text, p_password_hash text, p_at timestamptz) RETURNS TABLE (user_id uuid, ended text[], revoked text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  person users.id%TYPE;
  tokens text[];
  keys text[];
BEGIN
  SELECT m.user_id INTO person FROM mails m WHERE m.token_hash = p_token_hash AND m.kind = 'RESET_PASSWORD';
  PERFORM FROM users u WHERE u.id = person AND u.is_active FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE mails m SET used_at = p_at WHERE m.token_hash = p_token_hash AND m.used_at IS NULL AND m.expires_at > p_at;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE mails m SET used_at = p_at WHERE m.user_id = person AND m.kind = 'RESET_PASSWORD' AND m.used_at IS NULL;
  UPDATE users u SET password_hash = p_password_hash, email_verified = true, updated_at = p_at WHERE u.id = person;
  WITH gone AS (UPDATE user_sessions s SET is_active = false WHERE s.user_id = person AND s.is_active RETURNING s.session_token)
  SELECT COALESCE(array_agg(session_token), '{}') INTO tokens FROM gone;
  WITH gone AS (UPDATE api_keys k SET revoked_at = p_at WHERE k.user_id = person AND k.revoked_at IS NULL RETURNING k.key_hash)
  SELECT COALESCE(array_agg(key_hash), '{}') INTO keys FROM gone;
  RETURN QUERY SELECT person, tokens, keys;
END $$;

GRANT EXECUTE ON FUNCTION has_second_factor() TO authenticated_user, admin_role;
GRANT EXECUTE ON FUNCTION reset_password(text, text, timestamptz) TO anonymous_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION has_second_factor() OWNER TO definer_role;
ALTER FUNCTION reset_password(text, text, timestamptz) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
