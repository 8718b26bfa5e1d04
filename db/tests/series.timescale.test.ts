import { createDailyBars, createInstrument, withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrationFiles } from '../src/migration-files.ts';
import { migrate, pendingMigrations } from '../src/index.ts';
import { dayRolled, nine, nineRolled, seriesOf, type Query } from './series.fixture.ts';
import { specifiedColumns } from './specification.fixture.ts';
import { createTimescaleDatabase, type TimescaleDatabase } from './timescale-server.fixture.ts';

let database: TimescaleDatabase;
beforeAll(async () => {
  database = await createTimescaleDatabase();
});
afterAll(() => database.drop());

const asOwner: Query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
  withClient(database.ownerUrl, async (client) => (await client.query<Row>(sql, [...values])).rows);
const asWorker: Query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
  database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);
const namesIn = async (sql: string): Promise<string[]> => (await asOwner<{ name: string }>(sql)).map(({ name }) => name);

describe('a server with TimescaleDB', () => {
  test('gets every migration, of its own engine, and then has nothing pending', async () => {
    expect(database.steps).toContain('series engine: timescale');
    expect(database.ran).toEqual(migrationFiles('timescale').map(({ name }) => name));
    expect(await pendingMigrations({ ownerUrl: database.ownerUrl })).toEqual([]);
    expect(await migrate({ ownerUrl: database.ownerUrl })).toEqual([]);
    expect(await asWorker('SELECT series_engine() AS engine')).toEqual([{ engine: 'timescale' }]);
  });

  test('has every specified table, with its columns', async () => {
    for (const [table, columns] of Object.entries(specifiedColumns)) {
      const found = await asOwner<{ name: string }>(
        'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
        [`public.${table}`],
      );
      expect(
        found.map(({ name }) => name),
        table,
      ).toEqual(expect.arrayContaining(Object.keys(columns)));
    }
  });

  test('keeps the series in hypertables and their rollups in continuous aggregates', async () => {
    expect(
      await namesIn(
        `SELECT hypertable_name AS name FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public' ORDER BY 1`,
      ),
    ).toEqual(['market_data', 'order_book', 'technical_indicators']);
    expect(await namesIn('SELECT view_name AS name FROM timescaledb_information.continuous_aggregates ORDER BY 1')).toEqual([
      'market_data_hourly',
      'market_intraday_daily',
    ]);
    const policies = await asOwner(
      `SELECT proc_name AS policy, count(*)::int AS n FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_%' AND hypertable_name IS NOT NULL GROUP BY 1 ORDER BY 1`,
    );
    expect(policies).toEqual([
      { policy: 'policy_compression', n: 1 },
      { policy: 'policy_refresh_continuous_aggregate', n: 2 },
      { policy: 'policy_retention', n: 3 },
    ]);
  });

  test('forces row-level security on every table of a tenant, and has none on shared series, which would refuse it', async () => {
    const open = await namesIn(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id' AND a.attnotnull
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
    );
    expect(open).toEqual([]);
    expect(
      await namesIn(
        `SELECT relname AS name FROM pg_class WHERE relname IN ('market_data', 'order_book', 'technical_indicators') AND relrowsecurity`,
      ),
    ).toEqual([]);
  });

  test('lets partitions be made ahead, of what is no hypertable', async () => {
    await asWorker('SELECT maintain_partitions()');
    expect(await asOwner(`SELECT DISTINCT table_name FROM partitioned_tables() ORDER BY 1`)).toEqual(
      ['audit_logs', 'compliance_checks', 'daily_bars', 'idempotency', 'outbox', 'portfolio_snapshots'].map((table_name) => ({
        table_name,
      })),
    );
  });
});

describe('rollups', () => {
  test('hold the newest bars before and after a refresh, and the daily bar where no intraday bar is', async () => {
    const { id } = await createInstrument(database);
    const { insertBars, hourly, daily } = seriesOf(asWorker, id);
    await createDailyBars(database, id, { '2026-03-02': '99', '2026-03-03': '50' });
    await insertBars(nine);
    const bar = { day: '2026-03-03', isMidnight: true, open: null, high: null, low: null, close: 50, volume: null, pct: null };
    expect([await hourly(), await daily()]).toEqual([[nineRolled], [dayRolled, bar]]);
    for (const view of ['market_data_hourly', 'market_intraday_daily']) {
      await asOwner(`CALL refresh_continuous_aggregate('${view}', '2026-03-01Z', '2026-03-05Z')`);
    }
    expect([await hourly(), await daily()]).toEqual([[nineRolled], [dayRolled, bar]]);
  });

  test('take up bars that arrive weeks late, or are corrected, when their policies run', async () => {
    const { id } = await createInstrument(database);
    const { insertBars, hourly, daily } = seriesOf(asWorker, id);
    const [{ today, day, at } = { today: '', day: '', at: '' }] = await asOwner<{ today: string; day: string; at: string }>(
      `SELECT current_date || 'T00:00:00Z' AS today, (current_date - 40)::text AS day, (current_date - 40) || 'T09:10:00Z' AS at`,
    );
    // A rollup that reaches to today: what is older is read from what is stored.
    await insertBars([[today, 1, 1, 1, 1, 1]]);
    for (const view of ['market_data_hourly', 'market_intraday_daily'])
      await asOwner(`CALL refresh_continuous_aggregate('${view}', NULL, NULL)`);

    const runPolicies = async (): Promise<void> => {
      const jobs = await asOwner<{ id: number }>(
        `SELECT job_id AS id FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'`,
      );
      for (const job of jobs) await asOwner(`CALL run_job(${job.id})`);
    };
    await insertBars([[at, 10, 12, 9, 11, 100]]);
    await runPolicies();
    expect((await hourly())[0]).toMatchObject({ open: 10, high: 12, low: 9, close: 11, volume: 100, n: 1 });
    expect((await daily())[0]).toMatchObject({ day, open: 10, close: 11, volume: 100 });
    await insertBars([[at, 10, 12, 9, 8, 90]]);
    await runPolicies();
    expect((await hourly())[0]).toMatchObject({ close: 8, volume: 90, n: 1 });
    expect((await daily())[0]).toMatchObject({ day, close: 8, volume: 90 });
  });

  test('ask nothing of the job that refreshes them on the other engine', async () => {
    expect(await asWorker('SELECT market_rollups_due() AS due, refresh_market_rollups() AS hours')).toEqual([{ due: false, hours: 0 }]);
  });
});

test('the same bar cannot be stored twice', async () => {
  const { id } = await createInstrument(database);
  await seriesOf(asWorker, id).insertBars(nine);
  const again = `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, '2026-03-02T09:10:00Z', 1, 1, 1, 1, 1)`;
  await expect(asWorker(again, [id])).rejects.toMatchObject({ code: '23505' });
});
