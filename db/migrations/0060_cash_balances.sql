-- Cash in other currencies than the portfolio's own, as the postings of cash and reserved add up; the base currency's stands in
-- portfolios.cash_balance and reserved_cash, as specified, so that no figure is stored twice. Only the ledger trigger writes here.
CREATE TABLE cash_balances (
  portfolio_id uuid NOT NULL,
  currency_code char(3) NOT NULL,
  user_id uuid NOT NULL,
  balance numeric(20,8) NOT NULL DEFAULT 0,
  reserved numeric(20,8) NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (portfolio_id, currency_code),
  CONSTRAINT cash_balances_portfolio_id_user_id_foreign FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios (id, user_id),
  CONSTRAINT cash_balances_balance_not_negative CHECK (balance >= 0),
  CONSTRAINT cash_balances_reserved_not_negative CHECK (reserved >= 0)
);
CREATE INDEX idx_cash_balances_user_id ON cash_balances (user_id);

ALTER TABLE cash_balances ENABLE ROW LEVEL SECURITY;
ALTER TABLE cash_balances FORCE ROW LEVEL SECURITY;
CREATE POLICY user_cash_balances ON cash_balances FOR ALL TO authenticated_user
  USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
CREATE POLICY admin_all_cash_balances ON cash_balances FOR ALL TO admin_role USING (true) WITH CHECK (true);
CREATE POLICY worker_all_cash_balances ON cash_balances FOR ALL TO worker_role USING (true) WITH CHECK (true);
CREATE POLICY definer_all_cash_balances ON cash_balances FOR ALL TO definer_role USING (true) WITH CHECK (true);
GRANT SELECT ON cash_balances TO authenticated_user, admin_role, worker_role;
GRANT SELECT, INSERT (portfolio_id, currency_code, user_id), UPDATE (balance, reserved, updated_at) ON cash_balances TO definer_role;

-- What postings of before say. No operation wrote any in another currency, but the ledger took them. The owner sees rows by a policy only.
CREATE POLICY owner_of_migration ON postings FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner_of_migration ON portfolios FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY owner_of_migration ON cash_balances FOR INSERT TO CURRENT_USER WITH CHECK (true);
INSERT INTO cash_balances (portfolio_id, currency_code, user_id, balance, reserved)
SELECT l.portfolio_id, l.currency_code, l.user_id, COALESCE(sum(l.amount) FILTER (WHERE l.account = 'cash'), 0), COALESCE(sum(l.amount) FILTER (WHERE l.account = 'reserved'), 0)
FROM postings l JOIN portfolios p ON p.id = l.portfolio_id
WHERE l.account IN ('cash', 'reserved') AND l.currency_code <> p.base_currency
GROUP BY l.portfolio_id, l.currency_code, l.user_id;
DROP POLICY owner_of_migration ON postings;
DROP POLICY owner_of_migration ON portfolios;
DROP POLICY owner_of_migration ON cash_balances;

-- As before, and with cash in other currencies, which costs nothing where there is none.
GRANT CREATE ON SCHEMA public TO definer_role;
SET LOCAL ROLE definer_role;
CREATE OR REPLACE FUNCTION apply_postings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  broken uuid;
  moves_other_cash boolean;
BEGIN
  SELECT transaction_id INTO broken FROM new_postings
  GROUP BY transaction_id, portfolio_id, currency_code, instrument_id HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero per portfolio and asset', broken USING ERRCODE = 'TR001';
  END IF;
  SELECT transaction_id INTO broken FROM new_postings GROUP BY transaction_id HAVING min(user_id::text) <> max(user_id::text) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % belongs to more than one investor', broken USING ERRCODE = 'TR001';
  END IF;

  -- In one order, so that two statements over the same portfolios cannot wait for each other; positions and balances are guarded by their portfolio's lock.
  PERFORM FROM portfolios WHERE id IN (SELECT portfolio_id FROM new_postings) ORDER BY id FOR NO KEY UPDATE;

  WITH moved AS (
    UPDATE portfolios p
    SET cash_balance = p.cash_balance + c.cash,
        reserved_cash = p.reserved_cash + c.reserved,
        invested_amount = p.invested_amount + c.cost,
        realized_pnl = p.realized_pnl + c.realized,
        last_entry_date = GREATEST(p.last_entry_date, c.last_date),
        snapshots_dirty_from = LEAST(p.snapshots_dirty_from, c.first_date),
        updated_at = now()
    FROM (
      SELECT n.portfolio_id,
             COALESCE(sum(n.amount) FILTER (WHERE n.account = 'cash' AND n.currency_code = b.base_currency), 0) AS cash,
             COALESCE(sum(n.amount) FILTER (WHERE n.account = 'reserved' AND n.currency_code = b.base_currency), 0) AS reserved,
             COALESCE(bool_or(n.account IN ('cash', 'reserved') AND n.currency_code <> b.base_currency), false) AS other_cash,
             COALESCE(sum(n.cost_basis), 0) AS cost, COALESCE(sum(n.realized_pnl), 0) AS realized,
             min(n.effective_date) AS first_date, max(n.effective_date) AS last_date
      FROM new_postings n JOIN portfolios b ON b.id = n.portfolio_id
      GROUP BY n.portfolio_id
    ) c
    WHERE p.id = c.portfolio_id
    RETURNING c.other_cash
  )
  SELECT bool_or(other_cash) INTO moves_other_cash FROM moved;

  IF moves_other_cash THEN
    INSERT INTO cash_balances (portfolio_id, currency_code, user_id)
    SELECT DISTINCT n.portfolio_id, n.currency_code, n.user_id
    FROM new_postings n JOIN portfolios b ON b.id = n.portfolio_id
    WHERE n.account IN ('cash', 'reserved') AND n.currency_code <> b.base_currency
    ON CONFLICT (portfolio_id, currency_code) DO NOTHING;
    UPDATE cash_balances p
    SET balance = p.balance + c.available, reserved = p.reserved + c.reserved, updated_at = now()
    FROM (
      SELECT n.portfolio_id, n.currency_code,
             COALESCE(sum(n.amount) FILTER (WHERE n.account = 'cash'), 0) AS available,
             COALESCE(sum(n.amount) FILTER (WHERE n.account = 'reserved'), 0) AS reserved
      FROM new_postings n JOIN portfolios b ON b.id = n.portfolio_id
      WHERE n.account IN ('cash', 'reserved') AND n.currency_code <> b.base_currency
      GROUP BY n.portfolio_id, n.currency_code
    ) c
    WHERE p.portfolio_id = c.portfolio_id AND p.currency_code = c.currency_code;
    -- As the CHECK portfolios_closed_is_flat does for the base currency.
    SELECT p.id INTO broken FROM portfolios p JOIN cash_balances c ON c.portfolio_id = p.id
    WHERE p.id IN (SELECT portfolio_id FROM new_postings) AND p.status = 'CLOSED' AND (c.balance <> 0 OR c.reserved <> 0) LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'portfolio % is closed and takes no cash', broken USING ERRCODE = 'check_violation';
    END IF;
  END IF;

  -- The row first, the amounts after: a CHECK judges the row that INSERT ... ON CONFLICT proposes, so a sale would fail there on its minus sign.
  INSERT INTO positions (id, user_id, portfolio_id, instrument_id)
  SELECT DISTINCT ON (n.portfolio_id, n.instrument_id) gen_random_uuid(), n.user_id, n.portfolio_id, n.instrument_id
  FROM new_postings n
  WHERE n.instrument_id IS NOT NULL AND n.account IN ('holding', 'reserved')
  ON CONFLICT (portfolio_id, instrument_id) DO NOTHING;

  -- avg_cost spreads the cost over everything held, reserved for a sale or not.
  UPDATE positions p
  SET quantity = p.quantity + c.held,
      reserved_quantity = p.reserved_quantity + c.reserved,
      cost_basis = p.cost_basis + c.cost,
      avg_cost = COALESCE((p.cost_basis + c.cost) / NULLIF(p.quantity + c.held + p.reserved_quantity + c.reserved, 0), 0),
      opened_at = CASE WHEN p.quantity + p.reserved_quantity = 0 THEN c.first_date::timestamp AT TIME ZONE 'UTC' ELSE p.opened_at END,
      last_updated = now()
  FROM (
    SELECT portfolio_id, instrument_id,
           COALESCE(sum(amount) FILTER (WHERE account = 'holding'), 0) AS held,
           COALESCE(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved,
           COALESCE(sum(cost_basis), 0) AS cost,
           min(effective_date) AS first_date
    FROM new_postings
    WHERE instrument_id IS NOT NULL AND account IN ('holding', 'reserved')
    GROUP BY portfolio_id, instrument_id
  ) c
  WHERE p.portfolio_id = c.portfolio_id AND p.instrument_id = c.instrument_id;
  RETURN NULL;
END $$;

-- As before; cash in another currency is something that is held, too.
CREATE OR REPLACE FUNCTION erase_person(p_user_id uuid) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM FROM users WHERE id = p_user_id FOR UPDATE;
  IF NOT FOUND THEN RETURN 'unknown'; END IF;
  IF EXISTS (SELECT FROM person_keys WHERE user_id = p_user_id AND destroyed_at IS NOT NULL) THEN RETURN 'gone'; END IF;
  PERFORM FROM portfolios WHERE user_id = p_user_id ORDER BY id FOR UPDATE;
  IF EXISTS (SELECT FROM portfolios WHERE user_id = p_user_id AND (cash_balance <> 0 OR reserved_cash <> 0))
     OR EXISTS (SELECT FROM cash_balances WHERE user_id = p_user_id AND (balance <> 0 OR reserved <> 0))
     OR EXISTS (SELECT FROM positions WHERE user_id = p_user_id AND (quantity <> 0 OR reserved_quantity <> 0)) THEN
    RETURN 'holds';
  END IF;
  UPDATE portfolios SET status = 'CLOSED', updated_at = now() WHERE user_id = p_user_id AND status <> 'CLOSED';
  -- Without a key, too: nobody may give an erased person one.
  INSERT INTO person_keys (user_id, key_id, master_key_id, destroyed_at) VALUES (p_user_id, gen_random_uuid(), 'none', now())
  ON CONFLICT (user_id) DO UPDATE SET wrapped_key = NULL, destroyed_at = EXCLUDED.destroyed_at;
  UPDATE users SET email = 'erased-' || p_user_id || '@erased.invalid', password_hash = 'erased', is_active = false, email_verified = false, operator_scopes = '{}',
    first_name = NULL, last_name = NULL, first_name_enc = NULL, last_name_enc = NULL, phone_enc = NULL, phone_bidx = NULL, birth_date_enc = NULL,
    kyc_documents_enc = NULL, income_range_enc = NULL, country_code = NULL, timezone = 'UTC', updated_at = now() WHERE id = p_user_id;
  UPDATE user_sessions SET is_active = false, device_info = NULL, ip_address = NULL WHERE user_id = p_user_id;
  RETURN 'erased';
END $$;

RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM definer_role;

-- Whoever closes a portfolio, no cash in another currency is shut in it.
CREATE FUNCTION keep_flat() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM cash_balances WHERE portfolio_id = NEW.id AND (balance <> 0 OR reserved <> 0)) THEN
    RAISE EXCEPTION 'portfolio % still holds cash in another currency', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_flat BEFORE UPDATE OF status ON portfolios FOR EACH ROW WHEN (NEW.status = 'CLOSED' AND OLD.status <> 'CLOSED') EXECUTE FUNCTION keep_flat();
