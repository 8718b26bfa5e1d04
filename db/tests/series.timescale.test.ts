import { createInstrument, withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrationFiles } from '../src/migration-files.ts';
import { migrate, pendingMigrations } from '../src/index.ts';
import { describeSeriesContract, type SeriesServer } from './series-contract.fixture.ts';
import { nine, seriesOf, type Query } from './series.fixture.ts';
import { followRandomHistories } from './series-history.fixture.ts';
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
/** Everything at once, as `refresh_marked_rollups` does it minute by minute. */
const server = (): SeriesServer => ({
  engine: 'timescale',
  sessions: database,
  asOwner,
  asWorker,
  refresh: async () => void (await asOwner('CALL refresh_marked_rollups()')),
  // A policy's run, which knows nothing of marks.
  refreshSome: async () => void (await asOwner(`CALL refresh_continuous_aggregate('market_hourly_rollup', '2026-03-02Z', '2026-03-03Z')`)),
  settleOldParts: async () =>
    void (await asOwner(
      `SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('market_data', older_than => INTERVAL '7 days') c`,
    )),
});
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
      'market_daily_rollup',
      'market_hourly_rollup',
    ]);
    const policies = await asOwner(
      `SELECT proc_name AS policy, count(*)::int AS n FROM timescaledb_information.jobs WHERE proc_name LIKE 'policy_%' AND hypertable_name IS NOT NULL GROUP BY 1 ORDER BY 1`,
    );
    expect(policies).toEqual([
      { policy: 'policy_compression', n: 1 },
      { policy: 'policy_refresh_continuous_aggregate', n: 2 },
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

describe('the refresh', () => {
  test('is the work of the scheduler, as the owner: the worker is asked nothing', async () => {
    expect(await asWorker('SELECT market_rollups_due() AS due, refresh_market_rollups() AS hours')).toEqual([{ due: false, hours: 0 }]);
    const jobs = await asOwner<{ id: number; schedule: string }>(
      `SELECT job_id AS id, schedule_interval::text AS schedule FROM timescaledb_information.jobs WHERE proc_name = 'refresh_marked_rollups' AND owner::text = 'trii_owner'`,
    );
    expect(jobs).toMatchObject([{ schedule: '00:01:00' }]);
    const { id } = await createInstrument(database);
    await seriesOf(asWorker, id).insertBars(nine);
    await asOwner(`CALL run_job(${jobs[0]?.id})`);
    expect(await asOwner('SELECT FROM market_hourly_marks WHERE instrument_id = $1', [id])).toEqual([]);
    expect(await asOwner('SELECT FROM market_hourly_rollup WHERE instrument_id = $1', [id])).toHaveLength(1);
  });

  test('leaves the running day to every tenth minute, since it reads all bars of that day', async () => {
    const { id } = await createInstrument(database);
    await asWorker(
      `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, date_trunc('minute', now()), 1, 1, 1, 1, 1)`,
      [id],
    );
    // No minute of an hour is a multiple of 61, but the first.
    const [{ minute } = { minute: 0 }] = await asOwner<{ minute: number }>('SELECT extract(minute FROM now())::int AS minute');
    await asOwner(`CALL refresh_marked_rollups(config => '{"running_day_minutes": 61}')`);
    expect(await asOwner('SELECT FROM market_daily_marks WHERE instrument_id = $1', [id])).toHaveLength(minute === 0 ? 0 : 1);
    await asOwner('CALL refresh_marked_rollups()');
    expect(await asOwner('SELECT FROM market_daily_marks WHERE instrument_id = $1', [id])).toEqual([]);
  });
});

test('rollups are the aggregation of raw bars after every step of random histories', async () => {
  expect(await followRandomHistories(server(), { seed: 20_261_123, histories: 6 })).toBeGreaterThan(18);
}, 120_000);

describeSeriesContract(server);
