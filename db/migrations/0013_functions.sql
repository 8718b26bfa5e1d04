-- Whom row-level security serves. Unset is NULL, and a pooled connection that had it set reads '' afterwards: both mean nobody.
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT NULLIF(current_setting('app.user_id', true), '')::uuid $$;

-- What nobody-in-particular may do: four functions, owned by definer_role, and no table at all. Ownership is handed over in 0017_grants.sql.
CREATE FUNCTION sign_in_lookup(p_email text) RETURNS TABLE (user_id uuid, password_hash text, is_active boolean, operator_scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.password_hash, u.is_active, u.operator_scopes FROM users u WHERE lower(u.email) = lower(p_email)
$$;

CREATE FUNCTION session_lookup(p_token_hash text) RETURNS TABLE (session_id uuid, user_id uuid, expires_at timestamptz, permissions text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, s.user_id, s.expires_at, s.permissions
  FROM user_sessions s JOIN users u ON u.id = s.user_id
  WHERE s.session_token = p_token_hash AND s.is_active AND s.expires_at > now() AND u.is_active
$$;

-- A taken e-mail address is a unique_violation of users_email_key.
CREATE FUNCTION register_user(p_id uuid, p_email text, p_password_hash text, p_first_name text, p_last_name text, p_country_code text, p_timezone text)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO users (id, email, password_hash, first_name, last_name, country_code, timezone)
  VALUES (p_id, p_email, p_password_hash, p_first_name, p_last_name, p_country_code, COALESCE(p_timezone, 'UTC'))
$$;

-- Audit rows of calls that nobody was signed in for: refusals, failed sign-ins, registrations.
CREATE FUNCTION append_audit(
  p_id uuid, p_user_id uuid, p_entity_type text, p_entity_id uuid, p_action text, p_old_values jsonb, p_new_values jsonb, p_ip_address inet,
  p_user_agent text, p_created_at timestamptz, p_actor text, p_use_case text, p_outcome text, p_request_id text
) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, old_values, new_values, ip_address, user_agent, created_at, actor, use_case, outcome, request_id)
  VALUES (p_id, p_user_id, p_entity_type, p_entity_id, p_action, p_old_values, p_new_values, p_ip_address, p_user_agent, COALESCE(p_created_at, now()), p_actor, p_use_case, p_outcome, p_request_id)
$$;
