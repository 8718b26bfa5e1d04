import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GROUP_ROLES, LOGINS } from '../src/index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const asOperator = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  database.as({ role: 'admin_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);
const asOwner = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows);
const asAdministrator = <Row extends object>(sql: string): Promise<Row[]> =>
  withClient(database.urls.admin, async (client) => (await client.query<Row>(sql)).rows);

interface Size {
  readonly schemaname: string;
  readonly tablename: string;
  readonly size: string;
  readonly bytes: string;
  readonly compressed_bytes: string;
  readonly partitions: number;
  readonly inserts: string;
  readonly updates: string;
  readonly deletes: string;
}
const sizesOf = (name: string): Promise<Size[]> =>
  asOperator<Size>('SELECT * FROM monitoring_table_sizes WHERE tablename = $1 ORDER BY schemaname', [name]);

describe('monitoring_table_sizes', () => {
  test('counts the partitions of a table with it, and shows none of them beside it', async () => {
    await asOwner(`CREATE TABLE years (day date NOT NULL, note text) PARTITION BY RANGE (day)`);
    await asOwner(`CREATE TABLE years_2024 PARTITION OF years FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`);
    await asOwner(`CREATE TABLE years_2025 PARTITION OF years FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`);
    await asOwner(`INSERT INTO years SELECT DATE '2024-01-01' + n, repeat('x', 500) FROM generate_series(0, 730) n WHERE n < 731`);
    await asOwner(`UPDATE years SET note = 'y' WHERE day < DATE '2024-01-11'`);
    await asOwner(`DELETE FROM years WHERE day >= DATE '2025-12-01'`);
    const [summed] = await asOwner<{ bytes: string }>(
      `SELECT (pg_total_relation_size('years_2024') + pg_total_relation_size('years_2025'))::text AS bytes`,
    );
    // A connection that ends hands its counters in; another may see them a moment later.
    await expect
      .poll(async () => (await sizesOf('years'))[0], { timeout: 10_000 })
      .toMatchObject({ bytes: summed?.bytes, partitions: 2, inserts: '731', updates: '10', deletes: '31', compressed_bytes: '0' });
    expect(Number(summed?.bytes)).toBeGreaterThan(731 * 500);
    expect(await sizesOf('years_2024')).toEqual([]);
  });

  test('keeps tables of one name in several schemas apart, whatever their names look like', async () => {
    await asOwner('CREATE SCHEMA "Other Schema"');
    await asOwner('CREATE TABLE "Other Schema"."Mixed ""Case" AS SELECT n FROM generate_series(1, 100000) n');
    await asOwner('CREATE TABLE public."Mixed ""Case" (n integer)');
    const found = await sizesOf('Mixed "Case');
    expect(found.map(({ schemaname }) => schemaname)).toEqual(['Other Schema', 'public']);
    expect(Number(found[0]?.bytes)).toBeGreaterThan(3_000_000);
    expect(found[0]?.size).toMatch(/^\d+ kB$/);
    expect(found[1]).toMatchObject({ bytes: '0', size: '0 bytes' });
  });

  test('lists every specified table, the largest first, and no table of the server itself', async () => {
    const found = await asOperator<{ name: string; bytes: string }>(
      `SELECT schemaname || '.' || tablename AS name, bytes FROM monitoring_table_sizes`,
    );
    const names = found.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['public.users', 'public.audit_logs', 'public.market_data', 'public.portfolio_snapshots']),
    );
    expect(names.filter((name) => /^(?:pg_|information_schema)/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    const bytes = found.map((row) => Number(row.bytes));
    expect(bytes).toEqual(bytes.toSorted((a, b) => b - a));
  });
});

describe('monitoring_connections', () => {
  test('shows who is idle in a transaction, since when, and nothing of another database', async () => {
    const waiting = new URL(database.urls.worker);
    waiting.searchParams.set('application_name', 'forgetful');
    const elsewhere = new URL(database.urls.admin);
    elsewhere.pathname = '/postgres';
    elsewhere.searchParams.set('application_name', 'elsewhere');
    await withClient(waiting.href, async (client) => {
      await withClient(elsewhere.href, async (other) => {
        await other.query('SELECT 1');
        await client.query('BEGIN');
        await client.query('SELECT 1');
        await client.query('SELECT pg_sleep(0.05)');
        const found = await asOperator<{ seconds: number }>(
          `SELECT usename, application_name, state, connection_count::int, extract(epoch FROM longest_transaction)::float8 AS seconds
           FROM monitoring_connections WHERE application_name IN ('forgetful', 'elsewhere')`,
        );
        expect(found).toEqual([
          {
            usename: 'trii_worker',
            application_name: 'forgetful',
            state: 'idle in transaction',
            connection_count: 1,
            seconds: expect.any(Number),
          },
        ]);
        expect(found[0]?.seconds).toBeGreaterThanOrEqual(0.05);
        expect(found[0]?.seconds).toBeLessThan(30);
      });
    });
  });
});

describe('monitoring_slow_queries', () => {
  test('shows a statement with its times and without what was bound to it or written into it', async () => {
    await withClient(database.urls.worker, async (client) => {
      await client.query("SELECT set_config('role', 'worker_role', false)");
      await client.query('SELECT count(*) AS slow_one, pg_sleep(0.02) FROM instruments WHERE symbol = $1', ['BOUND-SECRET']);
      await client.query("SELECT count(*) AS slow_two, pg_sleep(0.02) FROM instruments WHERE symbol = 'WRITTEN-SECRET'");
    });
    const found = await asOperator<{ query: string; calls: string; mean: number; usename: string }>(
      `SELECT query, calls, mean_exec_time AS mean, usename FROM monitoring_slow_queries WHERE query LIKE '%slow_one%' OR query LIKE '%slow_two%' ORDER BY query`,
    );
    expect(found.map(({ query }) => query)).toEqual([
      'SELECT count(*) AS slow_one, pg_sleep($2) FROM instruments WHERE symbol = $1',
      'SELECT count(*) AS slow_two, pg_sleep($1) FROM instruments WHERE symbol = $2',
    ]);
    for (const { calls, mean, usename } of found) {
      expect([calls, usename]).toEqual(['1', 'worker_role']);
      expect(mean).toBeGreaterThanOrEqual(20);
    }
    expect(JSON.stringify(await asOperator('SELECT * FROM slow_queries()'))).not.toContain('-SECRET');
  });

  test('leaves out other databases, and utility statements on a server that keeps them', async () => {
    const elsewhere = new URL(database.urls.admin);
    elsewhere.pathname = '/postgres';
    await withClient(elsewhere.href, (client) => client.query('SELECT count(*) AS of_another_database FROM pg_class'));
    await withClient(database.urls.admin, async (client) => {
      await client.query('SET pg_stat_statements.track_utility = on');
      await client.query("DO $$ BEGIN PERFORM 'UTILITY-SECRET'; END $$");
      const kept = await client.query(`SELECT FROM pg_stat_statements WHERE query LIKE '%UTILITY-SECRET%'`);
      expect(kept.rowCount).toBe(1);
    });
    const shown = JSON.stringify(await asOperator('SELECT * FROM slow_queries()'));
    expect(shown).not.toContain('UTILITY-SECRET');
    expect(shown).not.toContain('of_another_database');
  });
});

describe('rights', () => {
  test('nobody who serves may read all statistics, and the functions behind the views are for operators alone', async () => {
    const members = await asOwner<{ role: string }>(
      `SELECT role FROM unnest($1::text[]) AS role WHERE pg_has_role(role, 'pg_read_all_stats', 'MEMBER') ORDER BY 1`,
      [[...GROUP_ROLES, ...LOGINS]],
    );
    // The owner could become definer_role; it migrates and serves nobody.
    expect(members.map(({ role }) => role)).toEqual(['definer_role', 'trii_owner']);
    const callers = await asOwner<{ name: string; role: string }>(
      `SELECT p.name, r.role FROM unnest(ARRAY['open_connections()', 'slow_queries()', 'monitoring_rights()']) AS p (name), unnest($1::text[]) AS r (role)
       WHERE has_function_privilege(r.role, p.name, 'EXECUTE') ORDER BY 1, 2`,
      [GROUP_ROLES.filter((role) => role !== 'definer_role')],
    );
    expect(new Set(callers.map(({ role }) => role))).toEqual(new Set(['admin_role']));
    expect(callers).toHaveLength(3);
  });

  test('an operator sees no running statement of another login, by the view or past it', async () => {
    const other = new URL(database.urls.worker);
    other.searchParams.set('application_name', 'talker');
    await withClient(other.href, async (client) => {
      await client.query("SELECT 'SPOKEN-SECRET'");
      const direct = await asOperator<{ query: string }>(`SELECT query FROM pg_stat_activity WHERE application_name = 'talker'`);
      expect(direct).toEqual([{ query: '<insufficient privilege>' }]);
      const viewed = await asOperator(`SELECT * FROM monitoring_connections`);
      expect(JSON.stringify(viewed)).not.toContain('SPOKEN-SECRET');
    });
  });

  test('are told where they are missing, and the views then answer without what they may not see', async () => {
    expect(await asOperator('SELECT * FROM monitoring_rights()')).toEqual([{ connections: 'all', statements: 'all' }]);
    const other = new URL(database.urls.worker);
    other.searchParams.set('application_name', 'unseen');
    // The right is the cluster's, so the functions go to somebody without it instead of it being taken from definer_role.
    await asAdministrator(`CREATE ROLE unprivileged_definer NOLOGIN; GRANT USAGE ON SCHEMA public TO unprivileged_definer;
      ALTER FUNCTION open_connections() OWNER TO unprivileged_definer; ALTER FUNCTION slow_queries() OWNER TO unprivileged_definer;
      ALTER FUNCTION monitoring_rights() OWNER TO unprivileged_definer`);
    try {
      await withClient(other.href, async (client) => {
        await client.query('SELECT 1 AS unseen_statement FROM pg_class LIMIT 1');
        expect(await asOperator('SELECT * FROM monitoring_rights()')).toEqual([{ connections: 'hidden', statements: 'hidden' }]);
        expect(
          await asOperator(`SELECT state, connection_count::int AS n FROM monitoring_connections WHERE usename = 'trii_worker'`),
        ).toEqual([{ state: 'hidden', n: expect.any(Number) }]);
        expect(await asOperator(`SELECT FROM monitoring_slow_queries WHERE query LIKE '%unseen_statement%'`)).toEqual([]);
      });
      await asAdministrator('REVOKE SELECT ON pg_stat_statements FROM PUBLIC');
      expect(await asOperator('SELECT * FROM monitoring_rights()')).toEqual([{ connections: 'hidden', statements: 'hidden' }]);
      expect(await asOperator('SELECT * FROM monitoring_slow_queries')).toEqual([]);
      await asAdministrator('DROP EXTENSION pg_stat_statements');
      expect(await asOperator('SELECT * FROM monitoring_rights()')).toEqual([{ connections: 'hidden', statements: 'missing' }]);
      expect(await asOperator('SELECT * FROM monitoring_slow_queries')).toEqual([]);
    } finally {
      await asAdministrator(`ALTER FUNCTION open_connections() OWNER TO definer_role; ALTER FUNCTION slow_queries() OWNER TO definer_role;
        ALTER FUNCTION monitoring_rights() OWNER TO definer_role; DROP OWNED BY unprivileged_definer; DROP ROLE unprivileged_definer;
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements`);
    }
    expect(await asOperator('SELECT * FROM monitoring_rights()')).toEqual([{ connections: 'all', statements: 'all' }]);
  });
});

describe('table_growth', () => {
  const sample = (at: string, rows: readonly (readonly [string, number, number])[]) =>
    asOwner(
      `INSERT INTO monitoring_samples SELECT $1, 'public', r.name, r.bytes, 0, 0, r.inserts, 0, 0
       FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS r (name, bytes, inserts)`,
      [at, rows.map(([name]) => name), rows.map(([, bytes]) => bytes), rows.map(([, , inserts]) => inserts)],
    );
  const growth = (from: string, to: string | null) =>
    asOperator(
      `SELECT tablename, bytes_before::int AS before, bytes_after::int AS after, bytes_grown::int AS grown, inserts::int
       FROM table_growth($1, $2) WHERE tablename LIKE 'growing\\_%' ORDER BY 1`,
      [from, to],
    );

  test('is the difference of the samples nearest to two instants, tables that came and went included', async () => {
    await sample('2026-01-01 00:15+00', [
      ['growing_a', 1000, 10],
      ['growing_gone', 500, 5],
    ]);
    await sample('2026-01-02 00:15+00', [
      ['growing_a', 1800, 14],
      ['growing_new', 300, 3],
    ]);
    // The counters began anew.
    await sample('2026-01-03 00:15+00', [['growing_a', 1700, 2]]);
    const first = [
      { tablename: 'growing_a', before: 1000, after: 1800, grown: 800, inserts: 4 },
      { tablename: 'growing_gone', before: 500, after: 0, grown: -500, inserts: null },
      { tablename: 'growing_new', before: 0, after: 300, grown: 300, inserts: 3 },
    ];
    expect(await growth('2026-01-01 12:00+00', '2026-01-02 23:00+00')).toEqual(first);
    expect(await growth('2020-01-01', '2026-01-03 00:14+00')).toEqual(first);
    expect(await growth('2026-01-02 12:00+00', '2026-01-03 12:00+00')).toMatchObject([
      { tablename: 'growing_a', grown: -100, inserts: null },
      { tablename: 'growing_new', grown: -300 },
    ]);
  });

  test('without an end is measured against this moment, and has nothing to say without two instants', async () => {
    await asOwner('CREATE TABLE growing_live AS SELECT n FROM generate_series(1, 1000) n');
    const [now] = (await growth('2026-01-03 12:00+00', null)).filter((row) => 'tablename' in row && row.tablename === 'growing_live');
    expect(now).toMatchObject({ before: 0, after: expect.any(Number) });
    expect(await growth('2026-01-03 12:00+00', '2026-01-03 13:00+00')).toEqual([]);
    expect(await growth('2030-01-01', '2019-01-01')).toEqual([]);
  });
});
