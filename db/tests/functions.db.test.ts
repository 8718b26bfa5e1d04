import { randomUUID } from 'node:crypto';
import { createInstrument, createPortfolio, createTestDatabase, createUser, deposit, post, withClient } from '@trii/testkit';
import type { BuiltInstrument, BuiltPortfolio, BuiltUser, TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let database: TestDatabase;
let user: BuiltUser;
let portfolio: BuiltPortfolio;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  user = await createUser(database, { passwordHash: 'a hash' });
  portfolio = await createPortfolio(database, { userId: user.id });
});

const inspect = (sql: string, values: readonly unknown[]) => withClient(database.urls.admin, (client) => client.query(sql, [...values]));

const as = async <Row extends object>(
  role: 'anonymous_role' | 'authenticated_user' | 'worker_role' | 'admin_role',
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> =>
  database.as(
    { role, userId: role === 'authenticated_user' ? user.id : null },
    async (client) => (await client.query<Row>(sql, [...values])).rows,
  );

describe('anonymous functions', () => {
  test('sign_in_lookup finds an account whatever the case of the address, and nothing for another', async () => {
    expect(await as('anonymous_role', 'SELECT * FROM sign_in_lookup($1)', [user.email.toUpperCase()])).toEqual([
      { user_id: user.id, password_hash: 'a hash', is_active: true, operator_scopes: [] },
    ]);
    expect(await as('anonymous_role', 'SELECT * FROM sign_in_lookup($1)', ['nobody@example.com'])).toEqual([]);
  });

  test('register_user refuses an address that is taken, in any case', async () => {
    await expect(createUser(database, { email: user.email.toUpperCase() })).rejects.toMatchObject({
      code: '23505',
      constraint: 'users_email_key',
    });
  });

  test('resume_session answers for a live session of an active account only', async () => {
    const session = (token: string, expires: string) =>
      inspect(
        `INSERT INTO user_sessions (id, user_id, session_token, created_at, expires_at, permissions) VALUES ($1, $2, $3, now() - interval '2 hours', ${expires}, '{read,trade}')`,
        [randomUUID(), user.id, token],
      );
    const found = async (token: string) =>
      (await as('anonymous_role', 'SELECT user_id, permissions FROM resume_session($1, now())', [token])).length;
    const [live, expired, ended] = [randomUUID(), randomUUID(), randomUUID()];
    await session(live, "now() + interval '1 hour'");
    await session(expired, "now() - interval '1 second'");
    await session(ended, "now() + interval '1 hour'");
    await as('authenticated_user', 'UPDATE user_sessions SET is_active = false WHERE session_token = $1', [ended]);
    expect([await found(live), await found(expired), await found(ended), await found('unknown')]).toEqual([1, 0, 0, 0]);
    for (const role of ['authenticated_user', 'admin_role'] as const)
      expect(await as(role, 'UPDATE user_sessions SET is_active = true WHERE session_token = $1 RETURNING id', [ended]), role).toEqual([]);
    expect(await found(ended)).toBe(0);
    await as('admin_role', 'UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    expect(await found(live)).toBe(0);
  });

  test('append_audit writes a row of nobody signed in', async () => {
    const id = randomUUID();
    await as(
      'anonymous_role',
      `SELECT append_audit($1, NULL, 'SESSION', NULL, 'CREATE', NULL, '{"refused":"X"}', '10.0.0.1', 'agent', NULL, 'anonymous', 'identity.signIn', 'refused', 'r1')`,
      [id],
    );
    expect(await as('admin_role', 'SELECT actor, use_case, outcome, host(ip_address) AS ip FROM audit_logs WHERE id = $1', [id])).toEqual([
      { actor: 'anonymous', use_case: 'identity.signIn', outcome: 'refused', ip: '10.0.0.1' },
    ]);
  });

  test('are for anonymous_role and nobody else who serves', async () => {
    for (const role of ['authenticated_user', 'admin_role', 'worker_role'] as const) {
      await expect(as(role, 'SELECT * FROM sign_in_lookup($1)', [user.email])).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('v_portfolio_summary', () => {
  test('lists positions by symbol, and an empty list for an empty portfolio', async () => {
    expect(
      await as('authenticated_user', 'SELECT position_count::int AS n, positions FROM v_portfolio_summary WHERE id = $1', [portfolio.id]),
    ).toEqual([{ n: 0, positions: [] }]);
    const instrument = await createInstrument(database);
    await deposit(database, portfolio, { amount: '100' });
    await post(database, {
      portfolio,
      kind: 'BUY',
      lines: [
        { account: 'cash', asset: 'USD', amount: '-40' },
        { account: 'trading', asset: 'USD', amount: '40' },
        { account: 'holding', asset: instrument.id, amount: '4', costBasis: '40' },
        { account: 'trading', asset: instrument.id, amount: '-4' },
      ],
    });
    expect(
      await as(
        'authenticated_user',
        'SELECT position_count::int AS n, cash_balance::float AS cash, positions FROM v_portfolio_summary WHERE id = $1',
        [portfolio.id],
      ),
    ).toEqual([{ n: 1, cash: 60, positions: [{ symbol: instrument.symbol, quantity: 4, current_value: null, pnl: null }] }]);
  });

  test('counts only what is still held, and what is reserved for a sale with it', async () => {
    const [sold, reserved] = [await createInstrument(database), await createInstrument(database)];
    const move = (kind: string, lines: readonly (readonly [string, string, string, string?])[]) =>
      post(database, {
        portfolio,
        kind,
        lines: lines.map(([account, asset, amount, costBasis]) => ({
          account,
          asset,
          amount,
          ...(costBasis !== undefined && { costBasis }),
        })),
      });
    const buy = (instrument: BuiltInstrument) =>
      move('BUY', [
        ['cash', 'USD', '-40'],
        ['trading', 'USD', '40'],
        ['holding', instrument.id, '4', '40'],
        ['trading', instrument.id, '-4'],
      ]);
    await deposit(database, portfolio, { amount: '100' });
    await buy(sold);
    await buy(reserved);
    await move('SELL', [
      ['cash', 'USD', '50'],
      ['trading', 'USD', '-50'],
      ['holding', sold.id, '-4', '-40'],
      ['trading', sold.id, '4'],
    ]);
    await move('HOLD', [
      ['holding', reserved.id, '-4'],
      ['reserved', reserved.id, '4'],
    ]);
    expect(await as('authenticated_user', 'SELECT position_count::int AS n, positions FROM v_portfolio_summary')).toEqual([
      { n: 1, positions: [{ symbol: reserved.symbol, quantity: 4, current_value: null, pnl: null }] },
    ]);
  });

  test("shows an investor their own active portfolios, to an operator everybody's, and none to nobody", async () => {
    const seen = (role: 'authenticated_user' | 'admin_role', userId: string | null) =>
      database.as({ role, userId }, async (client) =>
        (await client.query<{ id: string }>('SELECT id FROM v_portfolio_summary ORDER BY id')).rows.map(({ id }) => id),
      );
    const other = await createUser(database);
    const [theirs, closed] = [
      await createPortfolio(database, { userId: other.id }),
      await createPortfolio(database, { userId: other.id, name: 'Closed' }),
    ];
    await withClient(database.urls.admin, (client) => client.query("UPDATE portfolios SET status = 'CLOSED' WHERE id = $1", [closed.id]));
    expect(await seen('authenticated_user', user.id)).toEqual([portfolio.id]);
    expect(await seen('authenticated_user', other.id)).toEqual([theirs.id]);
    expect(await seen('authenticated_user', null)).toEqual([]);
    expect(await seen('admin_role', null)).toEqual(expect.arrayContaining([portfolio.id, theirs.id]));
  });

  test('finds one portfolio among many positions by its keys', async () => {
    await withClient(database.urls.admin, async (client) => {
      await client.query(
        `INSERT INTO portfolios (id, user_id, name, opened_on) SELECT gen_random_uuid(), $1, 'P' || n, '2018-01-02' FROM generate_series(1, 2000) n`,
        [user.id],
      );
      await client.query(
        `WITH listed AS (INSERT INTO instruments (id, symbol, name, type, currency_code)
           SELECT gen_random_uuid(), 'MANY' || n, 'Many', 'STOCK', 'USD' FROM generate_series(1, 20) n RETURNING id)
         INSERT INTO positions (id, user_id, portfolio_id, instrument_id, quantity, current_value, unrealized_pnl, allocation_percentage)
         SELECT gen_random_uuid(), p.user_id, p.id, l.id, 1, 10, 1, 5 FROM portfolios p CROSS JOIN listed l WHERE p.user_id = $1`,
        [user.id],
      );
      await client.query('ANALYZE portfolios, positions, instruments');
    });
    const [row] = await as<{ n: number; avg: number }>(
      'authenticated_user',
      'SELECT position_count::int AS n, avg_allocation::float AS avg FROM v_portfolio_summary WHERE id = $1',
      [portfolio.id],
    );
    expect(row).toEqual({ n: 20, avg: 5 });
    const plan = await as('authenticated_user', 'EXPLAIN (FORMAT JSON) SELECT * FROM v_portfolio_summary WHERE id = $1', [portfolio.id]);
    const text = JSON.stringify(plan);
    expect(text).toContain('idx_positions_portfolio_instrument');
    expect(text).not.toMatch(/Seq Scan","[^}]*"Relation Name":"(?:positions|portfolios)"/);
  });
});

describe('calculate_portfolio_performance', () => {
  const snapshots = async (returns: readonly (number | null)[]): Promise<void> => {
    await as(
      'worker_role',
      `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return)
       SELECT gen_random_uuid(), $1, $2, DATE '2020-01-01' + r.n::int, 1, 1, 0, r.value FROM unnest($3::numeric[]) WITH ORDINALITY AS r (value, n)`,
      [user.id, portfolio.id, [...returns]],
    );
  };
  const performance = async () => {
    const [row] = await as<Record<string, string | null>>(
      'authenticated_user',
      `SELECT * FROM calculate_portfolio_performance($1, '2020-01-01', '2020-12-31')`,
      [portfolio.id],
    );
    return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, value === null ? null : Number(value)]));
  };

  // By hand: wealth 1.1, 0.88, 0.924; mean -0.05/3; deviations from it 0.35/3, -0.55/3, 0.2/3, so the variance is (0.1225 + 0.3025 + 0.04) / 9 / 2 = 0.465 / 18.
  test('compounds, annualises and finds the deepest fall', async () => {
    await snapshots([0.1, -0.2, null, 0.05]);
    const found = await performance();
    expect(found['total_return']).toBeCloseTo(-0.076, 10);
    expect(found['annualized_return']).toBeCloseTo(-4.2, 10);
    expect(found['volatility']).toBeCloseTo(Math.sqrt((0.465 / 18) * 252), 10);
    expect(found['sharpe_ratio']).toBeCloseTo(-4.23 / Math.sqrt((0.465 / 18) * 252), 10);
    expect(found['max_drawdown']).toBeCloseTo(0.2, 10);
  });

  test('a total loss stays one, and falls by everything', async () => {
    await snapshots([0.1, -1, 0.5]);
    expect(await performance()).toMatchObject({ total_return: -1, max_drawdown: 1 });
  });

  test('a fall from the start counts from the start', async () => {
    await snapshots([-0.1, 0.05]);
    expect((await performance())['max_drawdown']).toBeCloseTo(0.1, 10);
  });

  test('says nothing where there is nothing to say', async () => {
    expect(await performance()).toEqual({
      total_return: null,
      annualized_return: null,
      volatility: null,
      sharpe_ratio: null,
      max_drawdown: null,
    });
    await snapshots([0.01]);
    expect(await performance()).toMatchObject({ volatility: null, sharpe_ratio: null, max_drawdown: 0 });
  });

  test("sees nothing of another's portfolio", async () => {
    await snapshots([0.1, 0.2]);
    user = await createUser(database);
    expect(await performance()).toMatchObject({ total_return: null });
  });
});
