-- A page of the ledger, newest transaction first, is a walk down this index. Ids of transactions are UUID v7 and so grow with time.
CREATE INDEX idx_postings_portfolio_transaction ON postings (portfolio_id, transaction_id);

-- An investor suspends, resumes and closes the own portfolios; what may follow what is the use cases' business.
GRANT UPDATE (status) ON portfolios TO authenticated_user;

-- Whoever writes it, nothing is shut in a closed portfolio, and closed is for good. A position without cost is found by the use case.
ALTER TABLE portfolios ADD CONSTRAINT portfolios_closed_is_flat CHECK (status <> 'CLOSED' OR (cash_balance = 0 AND reserved_cash = 0 AND invested_amount = 0));
CREATE FUNCTION keep_closed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'portfolio % is closed for good', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER keep_closed BEFORE UPDATE OF status ON portfolios FOR EACH ROW WHEN (OLD.status = 'CLOSED' AND NEW.status <> 'CLOSED') EXECUTE FUNCTION keep_closed();
