-- A transaction may move assets between portfolios of one investor: then every portfolio's own lines sum to zero per asset too, against its account
-- `external`, so that each ledger is whole by itself and snapshots see what crossed its border.
GRANT CREATE ON SCHEMA public TO definer_role;
SET LOCAL ROLE definer_role;
CREATE OR REPLACE FUNCTION apply_postings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE broken uuid;
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

  -- In one order, so that two statements over the same portfolios cannot wait for each other; positions are guarded by their portfolio's lock.
  PERFORM FROM portfolios WHERE id IN (SELECT portfolio_id FROM new_postings) ORDER BY id FOR NO KEY UPDATE;

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
           COALESCE(sum(n.cost_basis), 0) AS cost, COALESCE(sum(n.realized_pnl), 0) AS realized,
           min(n.effective_date) AS first_date, max(n.effective_date) AS last_date
    FROM new_postings n JOIN portfolios b ON b.id = n.portfolio_id
    GROUP BY n.portfolio_id
  ) c
  WHERE p.id = c.portfolio_id;

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
RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM definer_role;
