-- Whatever was on its way before there was such a moment may be at the bank already. The owner is bound by row-level security too, and has no policy.
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
UPDATE payments SET status = 'SENDING' WHERE status = 'PENDING';
ALTER TABLE payments FORCE ROW LEVEL SECURITY;

-- An investor's session cancels what nobody handed over yet, and can change nothing else of a payment; no session revives one that is over.
CREATE FUNCTION keep_payment_course() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF current_user = 'authenticated_user' AND NEW.status <> 'CANCELLED' THEN
    RAISE EXCEPTION 'an investor cancels a payment, and nothing else' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.status::text || '>' || NEW.status::text NOT IN (
    'PENDING>SENDING', 'PENDING>CANCELLED', 'PENDING>SETTLED', 'PENDING>REJECTED',
    'SENDING>SENT', 'SENDING>SETTLED', 'SENDING>REJECTED', 'SENT>SETTLED', 'SENT>REJECTED', 'SETTLED>RETURNED'
  ) THEN
    RAISE EXCEPTION 'payment % is %, and does not become %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_payment_course BEFORE UPDATE ON payments FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION keep_payment_course();
GRANT UPDATE (status, updated_at) ON payments TO authenticated_user;
