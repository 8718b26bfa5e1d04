import { createInstrument, createPortfolio, createTestDatabase, createUser, deposit, post, withClient } from '@trii/testkit';
import type { BuiltPortfolio, BuiltUser, TestDatabase } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let database: TestDatabase;
let ada: BuiltUser;
let bob: BuiltUser;
let adas: BuiltPortfolio;
let bobs: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
  const instrument = await createInstrument(database);
  [ada, bob] = [await createUser(database), await createUser(database)];
  [adas, bobs] = [await createPortfolio(database, { userId: ada.id }), await createPortfolio(database, { userId: bob.id })];
  for (const portfolio of [adas, bobs]) {
    await deposit(database, portfolio, { amount: '1000' });
    await post(database, {
      portfolio,
      kind: 'BUY',
      lines: [
        { account: 'cash', asset: 'USD', amount: '-100' },
        { account: 'trading', asset: 'USD', amount: '100' },
        { account: 'holding', asset: instrument.id, amount: '4', costBasis: '100' },
        { account: 'trading', asset: instrument.id, amount: '-4' },
      ],
    });
    await fillTenantTables(portfolio, instrument.id);
  }
});
afterAll(() => database.close());

/** One row of the owner in every tenant table that the postings above did not fill. */
async function fillTenantTables({ id: portfolioId, userId }: BuiltPortfolio, instrumentId: string): Promise<void> {
  const ids = { trade: newId(), event: newId() };
  await database.as({ role: 'authenticated_user', userId }, async (client) => {
    await client.query('INSERT INTO user_preferences (user_id) VALUES ($1)', [userId]);
    await client.query("INSERT INTO recovery_codes (id, user_id, code_hash) VALUES ($1, $2, 'hash')", [newId(), userId]);
    await client.query(
      `INSERT INTO api_keys (id, user_id, name, prefix, key_hash, permissions, expires_at)
       VALUES ($1, $2, 'a program', 'trii_', md5(random()::text), '{read}', now() + interval '1 hour')`,
      [newId(), userId],
    );
    await client.query("SELECT begin_session($1, 'not-a-hash', $2, NULL, NULL, now(), 3600, 1800)", [newId(), `hash of ${userId}`]);
    await client.query(
      `INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, trade_type, order_type, quantity) VALUES ($1, $2, $3, $4, $5, 'BUY', 'MARKET', 1)`,
      [ids.trade, userId, portfolioId, instrumentId, `ours ${ids.trade}`],
    );
    await client.query(
      'INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, filled_at) VALUES ($1, $2, $3, $4, 1, 25, now())',
      [newId(), userId, portfolioId, ids.trade],
    );
    await client.query(
      "INSERT INTO holds (id, user_id, portfolio_id, currency_code, amount, reason) VALUES ($1, $2, $3, 'USD', 5, 'order')",
      [newId(), userId, portfolioId],
    );
    await client.query(
      "INSERT INTO audit_logs (id, user_id, entity_type, action, actor, use_case, outcome) VALUES ($1, $2, 'TRADE', 'CREATE', 'u', 't', 'ok')",
      [newId(), userId],
    );
    await client.query(
      "INSERT INTO idempotency (actor, use_case, key, user_id, input_hash, outcome, expires_at) VALUES ($1, 't', 'k', $2, '\\x00', 'view', now() + interval '1 day')",
      [`user:${userId}`, userId],
    );
    await client.query(
      "INSERT INTO outbox (id, aggregate_type, aggregate_id, name, payload, user_id) VALUES ($1, 'PORTFOLIO', $2, 'x.Y', '{}', $3)",
      [ids.event, portfolioId, userId],
    );
    await client.query("INSERT INTO deliveries (event_id, job_name, event_created_at, user_id) VALUES ($1, 'job', now(), $2)", [
      ids.event,
      userId,
    ]);
  });
  await database.as({ role: 'worker_role', userId: null }, (client) =>
    client.query(
      'INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount) VALUES ($1, $2, $3, $4, 1000, 900, 100)',
      [newId(), userId, portfolioId, '2018-01-02'],
    ),
  );
  // No serving role may write these yet, so they are written as what owns the server.
  await withClient(database.urls.admin, async (client) => {
    await client.query("INSERT INTO notifications (id, user_id, type, title, message) VALUES ($1, $2, 'CASH', 't', 'm')", [
      newId(),
      userId,
    ]);
    await client.query(
      "INSERT INTO compliance_checks (id, user_id, portfolio_id, check_type, status) VALUES ($1, $2, $3, 'RISK_LIMIT', 'PASS')",
      [newId(), userId, portfolioId],
    );
    await client.query(
      "INSERT INTO rebalance_events (id, user_id, portfolio_id, trigger_type, old_allocation, new_allocation) VALUES ($1, $2, $3, 'MANUAL', '{}', '{}')",
      [newId(), userId, portfolioId],
    );
  });
}

const readable: readonly (readonly [table: string, owner: string])[] = [
  ['users', 'id'],
  ['person_keys', 'user_id'],
  ['user_sessions', 'user_id'],
  ['api_keys', 'user_id'],
  ['recovery_codes', 'user_id'],
  ['user_preferences', 'user_id'],
  ['portfolios', 'user_id'],
  ['positions', 'user_id'],
  ['postings', 'user_id'],
  ['holds', 'user_id'],
  ['trades', 'user_id'],
  ['fills', 'user_id'],
  ['portfolio_snapshots', 'user_id'],
  ['rebalance_events', 'user_id'],
  ['compliance_checks', 'user_id'],
  ['notifications', 'user_id'],
  ['audit_logs', 'user_id'],
  ['idempotency', 'user_id'],
  ['v_portfolio_summary', 'user_id'],
];

async function owners(table: string, owner: string, userId: string | null): Promise<string[]> {
  return database.as({ role: 'authenticated_user', userId }, async (client) => {
    const { rows } = await client.query<{ owner: string }>(`SELECT DISTINCT ${owner} AS owner FROM ${table}`);
    return rows.map((row) => row.owner);
  });
}

describe('reading', () => {
  test.each(readable)('%s shows an investor their own rows and no other', async (table, owner) => {
    expect(await owners(table, owner, ada.id)).toEqual([ada.id]);
    expect(await owners(table, owner, bob.id)).toEqual([bob.id]);
  });

  test.each(readable)('%s shows nothing when nobody is named', async (table, owner) => {
    expect(await owners(table, owner, null)).toEqual([]);
  });

  test.each(['outbox', 'deliveries'])('%s cannot be read by an investor at all', async (table) => {
    await expect(owners(table, 'user_id', ada.id)).rejects.toMatchObject({ code: '42501' });
  });

  test.each(readable)('%s cannot be read by anonymous_role', async (table, owner) => {
    await expect(
      database.as({ role: 'anonymous_role', userId: ada.id }, (client) => client.query(`SELECT ${owner} FROM ${table}`)),
    ).rejects.toMatchObject({ code: '42501' });
  });

  test.each(readable)('%s cannot be read by the login itself, outside a session', async (table, owner) => {
    await withClient(database.urls.api, async (client) => {
      await client.query("SELECT set_config('app.user_id', $1, false)", [ada.id]);
      await expect(client.query(`SELECT ${owner} FROM public.${table}`)).rejects.toMatchObject({ code: '42501' });
    });
  });

  test('the owner who migrates sees nobody either', async () => {
    const { rows } = await withClient(database.urls.owner, (client) => client.query('SELECT count(*)::int AS n FROM portfolios'));
    expect(rows).toEqual([{ n: 0 }]);
  });

  test('worker and operator see every investor', async () => {
    for (const role of ['worker_role', 'admin_role'] as const) {
      const { rows } = await database.as({ role, userId: null }, (client) => client.query('SELECT user_id FROM portfolios'));
      expect(rows.map((row: { user_id: string }) => row.user_id).toSorted()).toEqual([ada.id, bob.id].toSorted());
    }
  });
});

describe('app.user_id', () => {
  const count = 'SELECT count(*)::int AS n FROM portfolios';

  test('never set on a new connection means nobody', async () => {
    await withClient(database.urls.api, async (client) => {
      await client.query('BEGIN; SET LOCAL ROLE authenticated_user');
      expect((await client.query(count)).rows).toEqual([{ n: 0 }]);
    });
  });

  test('left over as an empty text on a connection that served someone means nobody', async () => {
    await withClient(database.urls.api, async (client) => {
      await client.query(`BEGIN; SET LOCAL ROLE authenticated_user; SET LOCAL app.user_id = '${ada.id}'`);
      expect((await client.query(count)).rows).toEqual([{ n: 1 }]);
      await client.query('COMMIT');
      await client.query('BEGIN; SET LOCAL ROLE authenticated_user');
      expect((await client.query("SELECT current_setting('app.user_id', true) AS left_over")).rows).toEqual([{ left_over: '' }]);
      expect((await client.query(count)).rows).toEqual([{ n: 0 }]);
    });
  });

  test('malformed is an error, not a way around', async () => {
    await expect(database.as({ role: 'authenticated_user', userId: "x' OR true" }, (client) => client.query(count))).rejects.toMatchObject({
      code: '22P02',
    });
  });

  test('does not leak to the next session on a pooled connection, in either order', async () => {
    for (const user of [ada, bob, ada, bob, bob, ada]) expect(await owners('portfolios', 'user_id', user.id)).toEqual([user.id]);
  });

  test('does not survive a transaction that failed', async () => {
    await expect(
      database.as({ role: 'authenticated_user', userId: ada.id }, (client) => client.query('SELECT 1 / 0')),
    ).rejects.toMatchObject({ code: '22012' });
    expect(await owners('portfolios', 'user_id', null)).toEqual([]);
  });
});

describe('writing', () => {
  const asAda = (sql: string, values: readonly unknown[] = []) =>
    database.as({ role: 'authenticated_user', userId: ada.id }, (client) => client.query(sql, [...values]));

  test("changing another investor's rows changes nothing", async () => {
    expect((await asAda("UPDATE portfolios SET name = 'mine' WHERE id = $1", [bobs.id])).rowCount).toBe(0);
    expect((await asAda("UPDATE portfolios SET name = 'mine' WHERE id = $1", [adas.id])).rowCount).toBe(1);
    expect((await asAda('UPDATE users SET timezone = $1', ['UTC'])).rowCount).toBe(1);
    expect((await asAda("UPDATE trades SET status = 'CANCELLED'")).rowCount).toBe(1);
    expect((await asAda('UPDATE notifications SET is_read = true')).rowCount).toBe(1);
    expect((await asAda('UPDATE user_sessions SET is_active = false WHERE user_id = $1', [bob.id])).rowCount).toBe(0);
  });

  test('a row cannot be written in the name of another', async () => {
    const asBob = [
      "INSERT INTO portfolios (id, user_id, name, opened_on) VALUES (gen_random_uuid(), $1, 'x', '2020-01-01')",
      'INSERT INTO user_preferences (user_id) VALUES ($1)',
      "INSERT INTO audit_logs (id, user_id, entity_type, action, actor, use_case, outcome) VALUES (gen_random_uuid(), $1, 'X', 'Y', 'a', 'u', 'ok')",
      "INSERT INTO outbox (id, aggregate_type, aggregate_id, name, payload, user_id) VALUES (gen_random_uuid(), 'X', gen_random_uuid(), 'x', '{}', $1)",
    ];
    for (const sql of asBob) await expect(asAda(sql, [bob.id])).rejects.toMatchObject({ code: '42501' });
  });

  test("a row of one's own cannot point to another's portfolio or trade", async () => {
    await expect(
      asAda(
        "INSERT INTO holds (id, user_id, portfolio_id, currency_code, amount, reason) VALUES (gen_random_uuid(), $1, $2, 'USD', 5, 'x')",
        [ada.id, bobs.id],
      ),
    ).rejects.toMatchObject({ code: '23503' });
    const { rows } = await database.as({ role: 'worker_role', userId: null }, (client) =>
      client.query<{ id: string }>('SELECT id FROM trades WHERE user_id = $1', [bob.id]),
    );
    await expect(
      asAda(
        'INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, filled_at) VALUES (gen_random_uuid(), $1, $2, $3, 1, 1, now())',
        [ada.id, adas.id, rows[0]?.id],
      ),
    ).rejects.toMatchObject({ code: '23503' });
  });

  test.each(['cash_balance = 1000000', 'invested_amount = 0', 'user_id = user_id', 'realized_pnl = 1'])(
    'an investor cannot set %s on a portfolio',
    async (assignment) => {
      await expect(asAda(`UPDATE portfolios SET ${assignment}`)).rejects.toMatchObject({ code: '42501' });
    },
  );

  test.each([
    "kyc_status = 'VERIFIED'",
    "password_hash = 'x'",
    'is_active = true',
    "operator_scopes = '{operate}'",
    'email_verified = true',
  ])('an investor cannot set %s on their account', async (assignment) => {
    await expect(asAda(`UPDATE users SET ${assignment}`)).rejects.toMatchObject({ code: '42501' });
  });
});
