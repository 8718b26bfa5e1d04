import { createPortfolio, createTestDatabase, createUser, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const asOwner = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows);
const maintain = () =>
  database.as({ role: 'worker_role', userId: null }, (client) => client.query<{ made: number }>('SELECT maintain_partitions() AS made'));
const bounds = async (table: string): Promise<Record<string, string>> => {
  const rows = await asOwner<{ name: string; bound: string }>(
    'SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1)',
    [table],
  );
  return Object.fromEntries(rows.map(({ name, bound }) => [name, bound]));
};

/** The first days, in UTC, of today's unit and of the `ahead` units after it. */
const unitsAhead = (unit: string, ahead: number): Promise<{ name: string; from: string; to: string }[]> =>
  asOwner(
    `SELECT to_char(u, CASE $1 WHEN 'day' THEN 'YYYY_MM_DD' WHEN 'month' THEN 'YYYY_MM' ELSE 'YYYY' END) AS name, u::date::text AS from, (u + ('1 ' || $1)::interval)::date::text AS to
     FROM generate_series(date_trunc($1, now() AT TIME ZONE 'UTC'), date_trunc($1, now() AT TIME ZONE 'UTC') + ($2::int || ' ' || $1)::interval, ('1 ' || $1)::interval) AS u`,
    [unit, ahead],
  );

describe('made ahead', () => {
  test.each([
    ['market_data', 'day', 7],
    ['order_book', 'day', 7],
    ['audit_logs', 'month', 3],
    ['outbox', 'month', 3],
    ['idempotency', 'month', 3],
    ['compliance_checks', 'month', 3],
    ['technical_indicators', 'month', 3],
  ])('%s: this %s and %i more, bounded in UTC', async (table, unit, ahead) => {
    const found = await bounds(table);
    for (const { name, from, to } of await unitsAhead(unit, ahead)) {
      expect(found[`${table}_${name}`]).toBe(`FOR VALUES FROM ('${from} 00:00:00+00') TO ('${to} 00:00:00+00')`);
    }
  });

  test.each(['daily_bars', 'portfolio_snapshots'])('%s: every year from 1990 to next year', async (table) => {
    const found = await bounds(table);
    for (const { name, from, to } of await unitsAhead('year', 1))
      expect(found[`${table}_${name}`]).toBe(`FOR VALUES FROM ('${from}') TO ('${to}')`);
    expect(found[`${table}_1990`]).toBe("FOR VALUES FROM ('1990-01-01') TO ('1991-01-01')");
  });
});

describe('maintenance', () => {
  beforeEach(async () => {
    await maintain();
  });

  test('finds nothing to do the second time', async () => {
    expect((await maintain()).rows).toEqual([{ made: 0 }]);
  });

  test('is for the worker and for nobody else who serves', async () => {
    for (const role of ['anonymous_role', 'authenticated_user', 'admin_role'] as const) {
      await expect(database.as({ role, userId: null }, (client) => client.query('SELECT maintain_partitions()'))).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  test('moves what lies in a default partition into partitions of its own, whole', async () => {
    const bar = 'INSERT INTO daily_bars (instrument_id, session_date, close, source) VALUES ';
    const id = '00000000-0000-7000-8000-000000000001';
    await database.as({ role: 'worker_role', userId: null }, (client) =>
      client.query(`${bar} ($1, '1985-12-31', 1, 't'), ($1, '1986-01-01', 2, 't'), ($1, '1986-12-31', 3, 't')`, [id]),
    );
    expect(await asOwner('SELECT FROM daily_bars_default')).toHaveLength(3);
    expect((await maintain()).rows).toEqual([{ made: 2 }]);
    expect(await asOwner('SELECT session_date::text AS day FROM daily_bars_default')).toEqual([]);
    expect(await asOwner('SELECT session_date::text AS day FROM daily_bars_1986 ORDER BY 1')).toEqual([
      { day: '1986-01-01' },
      { day: '1986-12-31' },
    ]);
    expect(await asOwner('SELECT close::int FROM daily_bars WHERE instrument_id = $1 ORDER BY session_date', [id])).toEqual([
      { close: 1 },
      { close: 2 },
      { close: 3 },
    ]);
  });

  test("moves rows that hang on a portfolio, which the tables' owner cannot see", async () => {
    const { id: userId } = await createUser(database);
    const { id: portfolioId } = await createPortfolio(database, { userId });
    await withClient(database.urls.admin, async (admin) => {
      await admin.query(
        "INSERT INTO compliance_checks (id, user_id, portfolio_id, check_type, status, checked_at) VALUES (gen_random_uuid(), $1, $2, 'x', 'PASS', '2019-05-05 12:00+00')",
        [userId, portfolioId],
      );
      await admin.query(
        `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount)
         VALUES (gen_random_uuid(), $1, $2, '1985-05-06', 1, 1, 0)`,
        [userId, portfolioId],
      );
    });
    await maintain();
    const found = await withClient(database.urls.admin, (admin) =>
      admin.query<{ at: string }>(
        `SELECT tableoid::regclass::text AS at FROM compliance_checks WHERE user_id = $1 UNION ALL SELECT tableoid::regclass::text FROM portfolio_snapshots WHERE user_id = $1`,
        [userId],
      ),
    );
    expect(found.rows).toEqual([{ at: 'compliance_checks_2019_05' }, { at: 'portfolio_snapshots_1985' }]);
    const keys = await asOwner(
      "SELECT conrelid::regclass::text AS at, conparentid <> 0 AS inherited FROM pg_constraint WHERE contype = 'f' AND conrelid = 'portfolio_snapshots_1985'::regclass",
    );
    expect(keys).toEqual([{ at: 'portfolio_snapshots_1985', inherited: true }]);
  });

  test('cuts by UTC even when the session lives elsewhere', async () => {
    // Half past eleven of the evening of 30 June in Bogota is half past four of 1 July in UTC.
    const insert = `INSERT INTO audit_logs (id, entity_type, action, actor, use_case, outcome, created_at)
      VALUES (gen_random_uuid(), 'X', 'Y', 'system', 'u', 'ok', '2019-06-30 23:30:00-05')`;
    await database.as({ role: 'worker_role', userId: null }, (client) => client.query(insert));
    await database.as({ role: 'worker_role', userId: null }, (client) =>
      client.query("SET LOCAL TimeZone = 'America/Bogota'").then(() => client.query('SELECT maintain_partitions()')),
    );
    expect(await asOwner('SELECT FROM audit_logs_2019_07')).toHaveLength(1);
    expect((await bounds('audit_logs'))['audit_logs_2019_07']).toBe(
      "FOR VALUES FROM ('2019-07-01 00:00:00+00') TO ('2019-08-01 00:00:00+00')",
    );
  });

  test('moves rows with a generated column as well', async () => {
    await withClient(database.urls.owner, (client) =>
      client.query(
        `INSERT INTO order_book (instrument_id, "timestamp", bids, asks, best_bid, best_ask) VALUES (gen_random_uuid(), '2019-05-05 12:00:00+00', '[]', '[]', 9.5, 10)`,
      ),
    );
    await maintain();
    expect(await asOwner('SELECT spread::text FROM order_book_2019_05_05')).toEqual([{ spread: '0.50000000' }]);
  });

  test('run twice at once makes each partition once', async () => {
    await withClient(database.urls.owner, (client) =>
      client.query(`INSERT INTO daily_bars (instrument_id, session_date, close, source) VALUES (gen_random_uuid(), '1970-05-05', 1, 't')`),
    );
    const made = await Promise.all([maintain(), maintain()]);
    expect(made.map(({ rows }) => rows[0]?.made ?? -1).toSorted((a, b) => a - b)).toEqual([0, 1]);
  });
});

test('a new row finds its partition and never fails for want of one', async () => {
  const insert = (at: string) =>
    database.as({ role: 'worker_role', userId: null }, (client) =>
      client.query(
        `INSERT INTO audit_logs (id, entity_type, action, actor, use_case, outcome, created_at) VALUES (gen_random_uuid(), 'X', 'Y', 'system', 'far', 'ok', ${at})`,
      ),
    );
  await insert('now()');
  await insert("'2190-01-01'");
  const rows = await asOwner<{ part: string }>(`SELECT tableoid::regclass::text AS part FROM audit_logs_default WHERE use_case = 'far'`);
  expect(rows).toEqual([{ part: 'audit_logs_default' }]);
});
