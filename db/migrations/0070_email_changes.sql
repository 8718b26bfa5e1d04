-- A change of address: a token goes to the new one, a notice to the old one at once, and another when it has happened. Who has the account proves
-- that they read the new address; whoever has a mailbox alone gets nothing.
-- Where a mail goes, when that is not the account's own address: one that is to be proven, or the one before. Gone with its use.
ALTER TABLE mails ADD COLUMN address text;
ALTER TABLE mails DROP CONSTRAINT mails_kind_known, ADD CONSTRAINT mails_kind_known
  CHECK (kind IN ('VERIFY_EMAIL', 'RESET_PASSWORD', 'ADDRESS_TAKEN', 'CONFIRM_EMAIL', 'EMAIL_CHANGE_ASKED', 'EMAIL_CHANGED'));

CREATE FUNCTION put_mail(p_id uuid, p_event_id uuid, p_user_id uuid, p_kind text, p_address text, p_token_hash text, p_at timestamptz, p_expires_at timestamptz)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
  VALUES (p_event_id, now(), 'MAIL', p_id, 'identity.MailDue', jsonb_build_object('mailId', p_id));
  INSERT INTO deliveries (event_id, job_name, event_created_at, created_at) VALUES (p_event_id, 'send-mail', now(), clock_timestamp());
  INSERT INTO mails (id, user_id, kind, address, token_hash, created_at, expires_at)
  VALUES (p_id, p_user_id, p_kind, p_address, p_token_hash, p_at, p_expires_at);
$$;

-- Tells the caller's own address that a change was asked for, and sends the token to the new one; to whoever has that already goes what
-- registration tells them. False: five were asked for within the hour. Whether the new address is taken changes nothing that the caller sees.
CREATE FUNCTION request_email_change(p_email text, p_token_hash text, p_mail_id uuid, p_event_id uuid, p_notice_id uuid, p_notice_event_id uuid,
                                     p_at timestamptz, p_expires_at timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  own users.email%TYPE;
  owner_id users.id%TYPE;
BEGIN
  SELECT u.email INTO own FROM users u WHERE u.id = app_user_id() AND u.is_active FOR NO KEY UPDATE;
  IF own IS NULL
     OR (SELECT count(*) FROM mails m WHERE m.user_id = app_user_id() AND m.kind = 'EMAIL_CHANGE_ASKED' AND m.created_at > p_at - interval '1 hour') >= 5 THEN
    RETURN false;
  END IF;
  PERFORM put_mail(p_notice_id, p_notice_event_id, app_user_id(), 'EMAIL_CHANGE_ASKED', own, NULL, p_at, NULL);
  SELECT u.id INTO owner_id FROM users u WHERE lower(u.email) = lower(p_email);
  IF (SELECT count(*) FROM mails m WHERE m.user_id = owner_id AND m.kind = 'ADDRESS_TAKEN' AND m.created_at > p_at - interval '1 hour') >= 5 THEN
    -- The mail's own id is nobody's: the same statements, undone.
    owner_id := p_mail_id;
  END IF;
  BEGIN
    PERFORM put_mail(p_mail_id, p_event_id, COALESCE(owner_id, app_user_id()), CASE WHEN owner_id IS NULL THEN 'CONFIRM_EMAIL' ELSE 'ADDRESS_TAKEN' END,
      CASE WHEN owner_id IS NULL THEN p_email END, CASE WHEN owner_id IS NULL THEN p_token_hash END, p_at, CASE WHEN owner_id IS NULL THEN p_expires_at END);
  EXCEPTION WHEN foreign_key_violation THEN
    NULL;
  END;
  RETURN true;
END $$;

-- Uses the token up and moves the caller to the address that it was mailed to. Every other token of theirs ends: those went to the old address, or
-- to another new one. The account is locked first, so of two at once one wins. False: no such token, or the address has an owner by now.
CREATE FUNCTION confirm_email_change(p_token_hash text, p_notice_id uuid, p_event_id uuid, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  old_email users.email%TYPE;
  new_email users.email%TYPE;
BEGIN
  SELECT u.email INTO old_email FROM users u WHERE u.id = app_user_id() AND u.is_active FOR NO KEY UPDATE;
  SELECT m.address INTO new_email FROM mails m
  WHERE m.token_hash = p_token_hash AND m.user_id = app_user_id() AND m.kind = 'CONFIRM_EMAIL' AND m.used_at IS NULL AND m.expires_at > p_at;
  IF old_email IS NULL OR new_email IS NULL THEN
    RETURN false;
  END IF;
  BEGIN
    UPDATE users u SET email = new_email, email_verified = true, updated_at = p_at WHERE u.id = app_user_id();
  EXCEPTION WHEN unique_violation THEN
    RETURN false;
  END;
  UPDATE mails m SET used_at = p_at, address = NULL WHERE m.user_id = app_user_id() AND m.token_hash IS NOT NULL AND m.used_at IS NULL;
  PERFORM put_mail(p_notice_id, p_event_id, app_user_id(), 'EMAIL_CHANGED', old_email, NULL, p_at, NULL);
  RETURN true;
END $$;

DROP FUNCTION mail_to_send(uuid, timestamptz);
CREATE FUNCTION mail_to_send(p_id uuid, p_at timestamptz) RETURNS TABLE (email text, kind text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT COALESCE(m.address, u.email), m.kind, m.expires_at FROM mails m JOIN users u ON u.id = m.user_id
  WHERE m.id = p_id AND m.sent_at IS NULL AND m.used_at IS NULL AND u.is_active AND COALESCE(m.expires_at > p_at, true)
$$;

-- The address of a notice has served by then; that of a token is what the token is for.
DROP FUNCTION mark_mail_sent(uuid, timestamptz);
CREATE FUNCTION mark_mail_sent(p_id uuid, p_at timestamptz) RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE mails m SET sent_at = p_at, address = CASE WHEN m.token_hash IS NOT NULL THEN m.address END WHERE m.id = p_id AND m.sent_at IS NULL;
  RETURN FOUND;
END $$;

-- Who is erased gets no mail any more, and no address of theirs stays.
CREATE FUNCTION forget_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE mails SET address = NULL, used_at = COALESCE(used_at, NEW.destroyed_at) WHERE user_id = NEW.user_id;
  RETURN NULL;
END $$;
CREATE TRIGGER forget_mails AFTER INSERT OR UPDATE OF destroyed_at ON person_keys FOR EACH ROW WHEN (NEW.destroyed_at IS NOT NULL)
  EXECUTE FUNCTION forget_mails();

-- For who has the hash of a live token by which a password is set anew: the person's data key as it is wrapped, and, once it is open in the
-- session, the words that make no password of theirs.
CREATE FUNCTION reset_token_key(p_token_hash text, p_at timestamptz) RETURNS TABLE (user_id uuid, key_id uuid, wrapped_key bytea, master_key_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.user_id, k.key_id, k.wrapped_key, k.master_key_id FROM mails m JOIN person_keys k ON k.user_id = m.user_id
  WHERE m.token_hash = p_token_hash AND m.kind = 'RESET_PASSWORD' AND m.used_at IS NULL AND m.expires_at > p_at AND k.wrapped_key IS NOT NULL
$$;
CREATE FUNCTION reset_token_words(p_token_hash text, p_at timestamptz) RETURNS TABLE (email text, first_name text, last_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.email, decrypt_pii(u.first_name_enc), decrypt_pii(u.last_name_enc) FROM mails m JOIN users u ON u.id = m.user_id
  WHERE m.token_hash = p_token_hash AND m.kind = 'RESET_PASSWORD' AND m.used_at IS NULL AND m.expires_at > p_at
$$;

GRANT SELECT (address) ON mails TO authenticated_user;
GRANT UPDATE (address) ON mails TO definer_role;
GRANT EXECUTE ON FUNCTION request_email_change(text, text, uuid, uuid, uuid, uuid, timestamptz, timestamptz), confirm_email_change(text, uuid, uuid, timestamptz)
  TO authenticated_user;
GRANT EXECUTE ON FUNCTION mail_to_send(uuid, timestamptz), mark_mail_sent(uuid, timestamptz) TO worker_role;
GRANT EXECUTE ON FUNCTION reset_token_key(text, timestamptz), reset_token_words(text, timestamptz) TO anonymous_role;
GRANT CREATE ON SCHEMA public TO definer_role;
ALTER FUNCTION put_mail(uuid, uuid, uuid, text, text, text, timestamptz, timestamptz) OWNER TO definer_role;
ALTER FUNCTION request_email_change(text, text, uuid, uuid, uuid, uuid, timestamptz, timestamptz) OWNER TO definer_role;
ALTER FUNCTION confirm_email_change(text, uuid, uuid, timestamptz) OWNER TO definer_role;
ALTER FUNCTION mail_to_send(uuid, timestamptz) OWNER TO definer_role;
ALTER FUNCTION mark_mail_sent(uuid, timestamptz) OWNER TO definer_role;
ALTER FUNCTION forget_mails() OWNER TO definer_role;
ALTER FUNCTION reset_token_key(text, timestamptz) OWNER TO definer_role;
ALTER FUNCTION reset_token_words(text, timestamptz) OWNER TO definer_role;
REVOKE CREATE ON SCHEMA public FROM definer_role;
