-- The same statements whether anybody has that address or not, so that no clock tells: for nobody, and beyond five of a kind an hour, the mail is one
-- to a person who is not there, which the foreign key refuses, and everything written for it is undone.
GRANT CREATE ON SCHEMA public TO definer_role;
SET LOCAL ROLE definer_role;
CREATE OR REPLACE FUNCTION queue_mail(p_id uuid, p_event_id uuid, p_email text, p_kind text, p_token_hash text, p_at timestamptz, p_expires_at timestamptz)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  person users.id%TYPE;
BEGIN
  SELECT u.id INTO person FROM users u
  WHERE lower(u.email) = lower(p_email) AND u.is_active AND NOT (p_kind = 'VERIFY_EMAIL' AND u.email_verified);
  -- The mail's own id is nobody's.
  person := COALESCE(person, p_id);
  IF (SELECT count(*) FROM mails m WHERE m.user_id = person AND m.kind = p_kind AND m.created_at > p_at - interval '1 hour') >= 5 THEN
    person := p_id;
  END IF;
  INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
  VALUES (p_event_id, now(), 'MAIL', p_id, 'identity.MailDue', jsonb_build_object('mailId', p_id));
  INSERT INTO deliveries (event_id, job_name, event_created_at, created_at) VALUES (p_event_id, 'send-mail', now(), clock_timestamp());
  INSERT INTO mails (id, user_id, kind, token_hash, created_at, expires_at) VALUES (p_id, person, p_kind, p_token_hash, p_at, p_expires_at);
EXCEPTION WHEN foreign_key_violation THEN
  NULL;
END $$;
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM definer_role;
