import { withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';

/** How much stands in the tables of others: fifty positions to a portfolio, ten rows of everything else. */
export interface Size {
  readonly portfolios: number;
}

export const POSITIONS_PER_PORTFOLIO = 50;

// Digits 13 and 17 are a UUID's version and variant.
const id = (kind: string, number: string): string =>
  `overlay(overlay(md5('${kind}' || ${number}) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`;
const at = "timestamptz '2018-01-02 12:00:00+00'";

/**
 * Other investors by the thousand, written past triggers and foreign keys since all of it fits together by construction: `n` is the portfolio
 * and its investor, `m` a row of theirs. Ids are hashes, so that no index finds them in order.
 */
const STATEMENTS: readonly string[] = [
  `INSERT INTO instruments (id, symbol, name, type, currency_code) SELECT ${id('instrument', 'm')}, 'M' || m, 'm', 'STOCK', 'USD' FROM generate_series(1, $2) m, generate_series(1, 1) WHERE $1 > 0`,
  `INSERT INTO users (id, email, password_hash) SELECT ${id('user', 'n')}, 'many-' || n || '@example.com', 'x' FROM generate_series(1, $1) n WHERE $2 > 0`,
  `INSERT INTO user_preferences (user_id) SELECT ${id('user', 'n')} FROM generate_series(1, $1) n WHERE $2 > 0`,
  `INSERT INTO user_sessions (id, user_id, session_token, expires_at, permissions)
   SELECT ${id('session', "n || '/' || m")}, ${id('user', 'n')}, 'token ' || n || '/' || m, now() + interval '1 day', '{read}' FROM generate_series(1, $1) n, generate_series(1, 3) m WHERE $2 > 0`,
  `INSERT INTO portfolios (id, user_id, name, opened_on, cash_balance) SELECT ${id('portfolio', 'n')}, ${id('user', 'n')}, 'p', '2018-01-02', n FROM generate_series(1, $1) n WHERE $2 > 0`,
  `INSERT INTO positions (id, user_id, portfolio_id, instrument_id, quantity, cost_basis)
   SELECT ${id('position', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, ${id('instrument', 'm')}, m, m * 10 FROM generate_series(1, $1) n, generate_series(1, $2) m`,
  `INSERT INTO cash_balances (portfolio_id, currency_code, user_id, balance) SELECT ${id('portfolio', 'n')}, 'EUR', ${id('user', 'n')}, n FROM generate_series(1, $1) n WHERE $2 > 0`,
  `INSERT INTO exchanges (transaction_id, user_id, portfolio_id, from_currency, from_amount, to_currency, to_amount, rate, rate_as_of, rate_path, rate_legs, spread_bps, spread_amount, remainder, effective_date)
   SELECT ${id('exchange', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, 'USD', m, 'EUR', m, 1, ${at}, 'direct', '[]', 0, 0, 0, date '2018-01-02' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, client_order_id, trade_type, order_type, quantity, status, price, executed_at, order_placed_at)
   SELECT ${id('trade', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, ${id('instrument', 'm')}, n || '/' || m, 'c' || m, 'BUY', 'MARKET', m,
     (CASE WHEN m % 10 = 0 THEN 'PENDING' ELSE 'EXECUTED' END)::trade_status, 10, ${at} + m * interval '1 day', ${at} + m * interval '1 day'
   FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, filled_at)
   SELECT ${id('fill', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, ${id('trade', "n || '/' || m")}, m, 10, ${at} + m * interval '1 day' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, instrument_id, amount, kind, effective_date, trade_id)
   SELECT ${id('posting', "n || '/' || m")}, ${id('entry', "n || '/' || m")}, 1, ${id('user', 'n')}, ${id('portfolio', 'n')}, 'holding', ${id('instrument', 'm')}, m, 'BUY', date '2018-01-02' + m,
     ${id('trade', "n || '/' || m")} FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO holds (id, user_id, portfolio_id, currency_code, amount, reason, status)
   SELECT ${id('hold', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, 'USD', m, 'order', (CASE WHEN m = 1 THEN 'ACTIVE' ELSE 'RELEASED' END)::hold_status
   FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return)
   SELECT ${id('snapshot', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, date '2018-01-02' + m * 10, 1000, 900, 100, 0.01 FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO notifications (id, user_id, type, title, message, is_read, created_at)
   SELECT ${id('notification', "n || '/' || m")}, ${id('user', 'n')}, 'CASH', 't', 'm', m % 5 <> 0, ${at} + m * interval '1 day' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, created_at, actor, use_case, outcome)
   SELECT ${id('audit', "n || '/' || m")}, ${id('user', 'n')}, 'PORTFOLIO', ${id('portfolio', 'n')}, 'UPDATE', now() - m * interval '1 minute', 'x', 'x', 'ok' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO idempotency (actor, use_case, key, created_at, user_id, input_hash, outcome, expires_at)
   SELECT 'user:' || ${id('user', 'n')}, 'x', m::text, now(), ${id('user', 'n')}, '\\x00', 'view', now() + interval '1 day' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO compliance_checks (id, user_id, portfolio_id, check_type, status, checked_at)
   SELECT ${id('check', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, 'x', 'PASS', now() - m * interval '1 minute' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
  `INSERT INTO rebalance_events (id, user_id, portfolio_id, trigger_type, old_allocation, new_allocation)
   SELECT ${id('rebalance', "n || '/' || m")}, ${id('user', 'n')}, ${id('portfolio', 'n')}, 'MANUAL', '{}', '{}' FROM generate_series(1, $1) n, generate_series(1, $2 / 5) m`,
];

export async function writeManyRows(database: TestDatabase, { portfolios }: Size): Promise<void> {
  await withClient(database.urls.admin, async (admin) => {
    await admin.query('SET session_replication_role = replica');
    for (const statement of STATEMENTS) {
      await admin.query(statement.replaceAll('$1', String(portfolios)).replaceAll('$2', String(POSITIONS_PER_PORTFOLIO)));
    }
    await admin.query('ANALYZE');
  });
}
