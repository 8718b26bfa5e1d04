-- Whom a hold serves. An order's and a payment's end with what they serve; an investor may change and release their own alone.
CREATE TYPE hold_holder AS ENUM ('INVESTOR', 'ORDER', 'PAYMENT');
ALTER TABLE holds ADD COLUMN holder hold_holder NOT NULL DEFAULT 'INVESTOR';

-- All of it consumed, and nothing else, is CONSUMED: an active hold always has something left to give back.
ALTER TABLE holds ADD CONSTRAINT holds_consumed_is_used_up CHECK ((status = 'CONSUMED') = (consumed_amount = amount));

-- A page of holds, newest first, is a walk down this index. Ids are UUID v7 and so grow with time.
CREATE INDEX idx_holds_portfolio ON holds (portfolio_id, id);

-- Ended is for good, whoever writes it: what it held was given back or consumed.
CREATE FUNCTION keep_ended_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'hold % has ended', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_ended_hold BEFORE UPDATE ON holds FOR EACH ROW WHEN (OLD.status <> 'ACTIVE') EXECUTE FUNCTION keep_ended_hold();

-- Raise, lower, postpone. What is held of what, for whom and why stays as it was placed.
GRANT UPDATE (amount, expires_at) ON holds TO authenticated_user;
-- Expiry gives back what a hold still keeps.
GRANT UPDATE (status, consumed_amount, updated_at) ON holds TO worker_role;
GRANT INSERT ON postings TO worker_role;
