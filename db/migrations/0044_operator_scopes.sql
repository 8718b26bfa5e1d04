-- Who may operate: by this function alone, which no role but the operators' may call. Answers what stood there before; NULL for nobody active.
CREATE FUNCTION set_operator_scopes(p_user_id uuid, p_scopes text[]) RETURNS text[] LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  before text[];
BEGIN
  IF p_scopes IS NULL OR NOT p_scopes <@ ARRAY['operate', 'grant'] THEN
    RAISE EXCEPTION 'no such scope' USING ERRCODE = 'check_violation';
  END IF;
  SELECT u.operator_scopes INTO before FROM users u WHERE u.id = p_user_id AND u.is_active FOR UPDATE;
  UPDATE users u SET operator_scopes = p_scopes, updated_at = now() WHERE u.id = p_user_id AND u.is_active;
  RETURN before;
END $$;
GRANT EXECUTE ON FUNCTION set_operator_scopes(uuid, text[]) TO admin_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION set_operator_scopes(uuid, text[]) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
