-- How long what is kept of people's mails and sessions is kept; applied by the workers as the platform's own rules are.
ALTER TABLE platform_retention DROP CONSTRAINT platform_retention_subject_known, ADD CONSTRAINT platform_retention_subject_known
  CHECK (subject IN ('audit_logs', 'outbox', 'deliveries', 'batch_progress', 'mails', 'user_sessions'));
INSERT INTO platform_retention (subject, kept_days, least_days, why) VALUES
  ('mails', 31, 2, 'a month: what was mailed to whom, for who asks; a token is good for a day at most'),
  ('user_sessions', 92, 1, 'a quarter after their end: from where somebody was signed in, for who finds that it was not they');

CREATE INDEX idx_mails_date ON mails (created_at);
CREATE INDEX idx_user_sessions_expires ON user_sessions (expires_at);

-- At most p_limit rows a call. A token that still counts keeps its row, whatever the rule says.
CREATE FUNCTION retire_mails(p_limit integer) RETURNS integer LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  retired integer;
BEGIN
  DELETE FROM mails m WHERE m.id IN (
    SELECT o.id FROM mails o WHERE o.created_at < now() - make_interval(days => (SELECT kept_days FROM platform_retention WHERE subject = 'mails'))
      AND COALESCE(o.expires_at <= now(), true) ORDER BY o.created_at LIMIT p_limit);
  GET DIAGNOSTICS retired = ROW_COUNT;
  RETURN retired;
END $$;
CREATE FUNCTION retire_sessions(p_limit integer) RETURNS integer LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  retired integer;
BEGIN
  DELETE FROM user_sessions s WHERE s.id IN (
    SELECT o.id FROM user_sessions o WHERE o.expires_at < now() - make_interval(days => (SELECT kept_days FROM platform_retention WHERE subject = 'user_sessions'))
    ORDER BY o.expires_at LIMIT p_limit);
  GET DIAGNOSTICS retired = ROW_COUNT;
  RETURN retired;
END $$;

-- Which blobs are documents of that person: ids alone, and only in a session that holds their key.
CREATE FUNCTION document_blobs(p_user_id uuid) RETURNS TABLE (blob_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (d ->> 'blobId')::uuid FROM users u, jsonb_array_elements(decrypt_pii(u.kyc_documents_enc)::jsonb -> 'documents') AS d WHERE u.id = p_user_id
$$;

GRANT SELECT ON platform_retention TO definer_role;
GRANT DELETE ON mails, user_sessions TO definer_role;
GRANT SELECT (kyc_documents_enc) ON users TO definer_role;
GRANT EXECUTE ON FUNCTION retire_mails(integer), retire_sessions(integer), document_blobs(uuid) TO worker_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION retire_mails(integer) OWNER TO definer_role;
ALTER FUNCTION retire_sessions(integer) OWNER TO definer_role;
ALTER FUNCTION document_blobs(uuid) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
