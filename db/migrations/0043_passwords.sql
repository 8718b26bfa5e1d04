-- Puts a new password hash in the place of the one that the caller just compared with: who does not know that one changes nothing, and of two
-- changes at once one wins. The investor's role reads no hash and writes none past this.
CREATE FUNCTION replace_password_hash(p_old_hash text, p_new_hash text) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE users u SET password_hash = p_new_hash, updated_at = now() WHERE u.id = app_user_id() AND u.password_hash = p_old_hash AND u.is_active;
  RETURN FOUND;
END $$;
GRANT EXECUTE ON FUNCTION replace_password_hash(text, text) TO authenticated_user;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION replace_password_hash(text, text) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
