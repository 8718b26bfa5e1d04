-- Mails to people, one row each: whom and what for, never the text. A token in one is an HMAC of its id under a key outside the database; here rests
-- its hash, and using it up is one UPDATE.
CREATE TABLE mails (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  token_hash text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  sent_at timestamptz,
  used_at timestamptz,
  CONSTRAINT mails_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT mails_kind_known CHECK (kind IN ('VERIFY_EMAIL', 'RESET_PASSWORD', 'ADDRESS_TAKEN')),
  CONSTRAINT mails_token_expires CHECK ((token_hash IS NULL) = (expires_at IS NULL))
);
CREATE UNIQUE INDEX mails_token_hash_key ON mails (token_hash);
CREATE INDEX idx_mails_user_date ON mails (user_id, created_at);

ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY user_mails ON mails FOR ALL TO authenticated_user USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY definer_all_mails ON mails FOR ALL TO definer_role USING (true) WITH CHECK (true);
CREATE POLICY definer_all_outbox ON outbox FOR ALL TO definer_role USING (true) WITH CHECK (true);
CREATE POLICY definer_all_deliveries ON deliveries FOR ALL TO definer_role USING (true) WITH CHECK (true);

-- As register_user; false, and nothing done, when the address is taken.
CREATE FUNCTION open_account(p_id uuid, p_email text, p_password_hash text, p_first_name text, p_last_name text, p_country_code text, p_timezone text,
                             p_key_id uuid, p_wrapped_key bytea, p_master_key_id text)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM register_user(p_id, p_email, p_password_hash, p_first_name, p_last_name, p_country_code, p_timezone, p_key_id, p_wrapped_key, p_master_key_id);
  RETURN true;
EXCEPTION WHEN unique_violation THEN
  RETURN false;
END $$;

-- Puts a mail to whoever has that address on its way, with its event and delivery as the platform writes them; nothing for an address that nobody
-- has, and at most five of a kind an hour. Answers nothing, so that the caller learns nothing.
CREATE FUNCTION queue_mail(p_id uuid, p_event_id uuid, p_email text, p_kind text, p_token_hash text, p_at timestamptz, p_expires_at timestamptz)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  person users.id%TYPE;
BEGIN
  SELECT u.id INTO person FROM users u
  WHERE lower(u.email) = lower(p_email) AND u.is_active AND NOT (p_kind = 'VERIFY_EMAIL' AND u.email_verified);
  IF person IS NULL OR (SELECT count(*) FROM mails m WHERE m.user_id = person AND m.kind = p_kind AND m.created_at > p_at - interval '1 hour') >= 5 THEN
    RETURN;
  END IF;
  INSERT INTO mails (id, user_id, kind, token_hash, created_at, expires_at) VALUES (p_id, person, p_kind, p_token_hash, p_at, p_expires_at);
  INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
  VALUES (p_event_id, now(), 'MAIL', p_id, 'identity.MailDue', jsonb_build_object('mailId', p_id));
  INSERT INTO deliveries (event_id, job_name, event_created_at, created_at) VALUES (p_event_id, 'send-mail', now(), clock_timestamp());
END $$;

CREATE FUNCTION mail_to_send(p_id uuid, p_at timestamptz) RETURNS TABLE (email text, kind text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.email, m.kind, m.expires_at FROM mails m JOIN users u ON u.id = m.user_id
  WHERE m.id = p_id AND m.sent_at IS NULL AND m.used_at IS NULL AND u.is_active AND COALESCE(m.expires_at > p_at, true)
$$;

CREATE FUNCTION mark_mail_sent(p_id uuid, p_at timestamptz) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE mails m SET sent_at = p_at WHERE m.id = p_id AND m.sent_at IS NULL;
  RETURN FOUND;
END $$;

-- Uses a token up: whose address it proves; NULL for one that was used, has expired or never was.
CREATE FUNCTION verify_email(p_token_hash text, p_at timestamptz) RETURNS uuid LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  person users.id%TYPE;
BEGIN
  UPDATE mails m SET used_at = p_at WHERE m.token_hash = p_token_hash AND m.kind = 'VERIFY_EMAIL' AND m.used_at IS NULL AND m.expires_at > p_at
  RETURNING m.user_id INTO person;
  UPDATE users u SET email_verified = true, updated_at = p_at WHERE u.id = person AND u.is_active;
  RETURN person;
END $$;

-- Sets the password of whom the token was mailed to, ends all their sessions and uses up every such token of theirs. The account is locked first, so
-- of two at once, by the same token or by two, one wins. No row for a token that was used, has expired or never was.
CREATE FUNCTION reset_password(p_token_hash text, p_password_hash text, p_at timestamptz) RETURNS TABLE (user_id uuid, ended text[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
  person users.id%TYPE;
  tokens text[];
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
  RETURN QUERY SELECT person, tokens;
END $$;

-- What was mailed to them, and when; no hash.
GRANT SELECT (id, user_id, kind, created_at, expires_at, sent_at, used_at) ON mails TO authenticated_user;
GRANT SELECT, INSERT, UPDATE (sent_at, used_at) ON mails TO definer_role;
GRANT INSERT ON outbox, deliveries TO definer_role;
GRANT SELECT (email_verified) ON users TO definer_role;
GRANT EXECUTE ON FUNCTION open_account(uuid, text, text, text, text, text, text, uuid, bytea, text) TO anonymous_role;
GRANT EXECUTE ON FUNCTION queue_mail(uuid, uuid, text, text, text, timestamptz, timestamptz) TO anonymous_role, authenticated_user;
GRANT EXECUTE ON FUNCTION mail_to_send(uuid, timestamptz), mark_mail_sent(uuid, timestamptz) TO worker_role;
GRANT EXECUTE ON FUNCTION verify_email(text, timestamptz), reset_password(text, text, timestamptz) TO anonymous_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION open_account(uuid, text, text, text, text, text, text, uuid, bytea, text) OWNER TO definer_role;
ALTER FUNCTION queue_mail(uuid, uuid, text, text, text, timestamptz, timestamptz) OWNER TO definer_role;
ALTER FUNCTION mail_to_send(uuid, timestamptz) OWNER TO definer_role;
ALTER FUNCTION mark_mail_sent(uuid, timestamptz) OWNER TO definer_role;
ALTER FUNCTION verify_email(text, timestamptz) OWNER TO definer_role;
ALTER FUNCTION reset_password(text, text, timestamptz) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
