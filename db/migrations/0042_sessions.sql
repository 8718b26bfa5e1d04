-- A session says itself how long it lasts: at most until expires_at, and idle_seconds after it was last used. last_activity_at is written at
-- most once a minute and session, so a session ends between one minute early and on time.
ALTER TABLE user_sessions ADD COLUMN last_activity_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN idle_seconds integer NOT NULL DEFAULT 1800,
  ADD CONSTRAINT user_sessions_idle_range CHECK (idle_seconds >= 60 AND idle_seconds <= 86400);

-- Whoever signed in begins a session for themselves and for nobody else, and what it permits is computed here: a caller cannot ask for more. It
-- takes the hash that the password was compared with, under a lock: a session of the old password cannot begin after the password was changed or
-- the account closed, nor without any password. NULL when it is so.
CREATE FUNCTION begin_session(p_id uuid, p_password_hash text, p_token_hash text, p_device_info text, p_ip_address inet, p_at timestamptz, p_lifetime_seconds integer, p_idle_seconds integer)
RETURNS text[] LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  granted text[];
BEGIN
  SELECT ARRAY['read', 'write', 'trade'] || u.operator_scopes INTO granted FROM users u
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

-- Takes the place of session_lookup: finds the live session of that hash and notes that it was used.
DROP FUNCTION session_lookup(text);
CREATE FUNCTION resume_session(p_token_hash text, p_at timestamptz)
RETURNS TABLE (session_id uuid, user_id uuid, expires_at timestamptz, permissions text[], created_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  found_session user_sessions;
BEGIN
  SELECT s.* INTO found_session FROM user_sessions s JOIN users u ON u.id = s.user_id
  WHERE s.session_token = p_token_hash AND s.is_active AND u.is_active AND s.expires_at > GREATEST(now(), p_at)
    AND s.last_activity_at + make_interval(secs => s.idle_seconds) > p_at;
  IF found_session.id IS NULL THEN
    RETURN;
  END IF;
  IF found_session.last_activity_at <= p_at - LEAST(interval '1 minute', make_interval(secs => found_session.idle_seconds / 4.0)) THEN
    UPDATE user_sessions s SET last_activity_at = p_at WHERE s.id = found_session.id AND s.is_active AND s.last_activity_at = found_session.last_activity_at;
  END IF;
  RETURN QUERY SELECT found_session.id, found_session.user_id, found_session.expires_at, found_session.permissions, found_session.created_at;
END $$;

-- The first statement of every transaction of a signed-in caller, in the same round trip as its BEGIN: a session that was ended, wherever, has
-- no transaction any more, whatever a cache says. A session that is just being begun has no row yet; rows are kept for longer than sessions.
CREATE FUNCTION assert_session(p_session_id uuid) RETURNS void LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM user_sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id = p_session_id AND NOT (s.is_active AND u.is_active AND s.expires_at > now())) THEN
    RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'TR002';
  END IF;
END $$;

REVOKE INSERT ON user_sessions FROM authenticated_user;
GRANT INSERT, UPDATE (last_activity_at) ON user_sessions TO definer_role;
GRANT SELECT (last_activity_at, idle_seconds) ON user_sessions TO admin_role;
GRANT EXECUTE ON FUNCTION begin_session(uuid, text, text, text, inet, timestamptz, integer, integer) TO authenticated_user;
GRANT EXECUTE ON FUNCTION resume_session(text, timestamptz) TO anonymous_role;
GRANT EXECUTE ON FUNCTION assert_session(uuid) TO authenticated_user, admin_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION begin_session(uuid, text, text, text, inet, timestamptz, integer, integer) OWNER TO definer_role;
ALTER FUNCTION resume_session(text, timestamptz) OWNER TO definer_role;
ALTER FUNCTION assert_session(uuid) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
