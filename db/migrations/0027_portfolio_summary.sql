-- As specified, but of open positions only: a position sold out keeps its row (its history hangs on it), and as a zero it would count as a
-- position and pull the average allocation down. What is reserved for a sale is still held: quantity is of one piece with current_value.
CREATE OR REPLACE VIEW v_portfolio_summary WITH (security_invoker = true) AS
SELECT p.id, p.name, p.user_id, p.total_value, p.cash_balance, p.invested_amount, p.unrealized_pnl,
       count(s.id) AS position_count,
       avg(s.allocation_percentage) AS avg_allocation,
       max(s.last_updated) AS last_position_update,
       COALESCE(
         json_agg(json_build_object('symbol', i.symbol, 'quantity', s.quantity + s.reserved_quantity, 'current_value', s.current_value, 'pnl', s.unrealized_pnl)
                  ORDER BY i.symbol) FILTER (WHERE s.id IS NOT NULL),
         '[]'::json
       ) AS positions
FROM portfolios p
LEFT JOIN positions s ON s.portfolio_id = p.id AND s.quantity + s.reserved_quantity > 0
LEFT JOIN instruments i ON i.id = s.instrument_id
WHERE p.status = 'ACTIVE'
GROUP BY p.id;
