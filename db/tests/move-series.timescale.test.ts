import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createInstrument, withClient } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveSeriesToTimescale, pendingMigrations } from '../src/index.ts';
import { seriesOf, type Query } from './series.fixture.ts';
import { createTimescaleDatabase, type TimescaleDatabase } from './timescale-server.fixture.ts';

let database: TimescaleDatabase;
let ids: string[];
beforeAll(async () => {
  database = await createTimescaleDatabase('native');
  ids = [(await createInstrument(database)).id, (await createInstrument(database)).id];
  await fill();
});
afterAll(() => database.drop());

const asOwner: Query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
  withClient(database.ownerUrl, async (client) => (await client.query<Row>(sql, [...values])).rows);
const asWorker: Query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
  database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);

/** Bars of months and of today, rolled up and not, in partitions and in the DEFAULT one; some dropped, with only their rollups kept. */
async function fill(): Promise<void> {
  const minutes = `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume, vwap, trade_count)
    SELECT id, at, 10, 12.5, 9, 11 + extract(minute FROM at) / 100, 7, 10.5, 3
    FROM unnest($1::uuid[]) AS id CROSS JOIN generate_series($2::timestamptz, $3::timestamptz, '7 minutes') AS at`;
  await asWorker(minutes, [ids, '2023-01-03T14:00Z', '2023-01-03T16:00Z']);
  await asWorker('SELECT maintain_partitions()');
  await asWorker('SELECT drop_expired_series()');
  await asWorker(minutes, [ids, '2026-09-01T00:00Z', '2026-09-20T00:00Z']);
  await asWorker('SELECT refresh_market_rollups(100000)');
  await asWorker(minutes, [ids, '2026-09-19T20:03Z', '2026-09-21T03:03Z']);
  await asWorker(
    `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) SELECT id, date_trunc('minute', now()), 1, 1, 1, 1, 1 FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await asOwner(
    `INSERT INTO order_book (instrument_id, "timestamp", bids, asks, best_bid, best_ask) SELECT id, now(), '[["9.5", "1"]]', '[]', 9.5, 10 FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await asOwner(
    `INSERT INTO technical_indicators (id, instrument_id, "timestamp", indicator_type, indicator_values) SELECT gen_random_uuid(), id, now(), 'RSI', '{"v": 50}' FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
}

/** Everything that anyone reads of the series, and who may do what with them. */
async function everything(): Promise<unknown> {
  const [content] = await asOwner(
    `SELECT ${['market_data', 'order_book', 'technical_indicators', 'market_data_hourly', 'market_intraday_daily', 'market_data_daily']
      .map((name) => `(SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)::numeric) FROM ${name} t) AS ${name}`)
      .join(', ')}`,
  );
  const rights = await asOwner(
    `SELECT c.relname AS object, a.grantee::regrole::text AS grantee, string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type) AS privileges
     FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname ~ '^(market_|order_book$|technical_indicators$)' AND c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
     GROUP BY 1, 2
     UNION ALL
     SELECT p.proname, a.grantee::regrole::text, a.privilege_type FROM pg_proc p, aclexplode(p.proacl) a
     WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '(series|market)' AND a.grantee <> p.proowner ORDER BY 1, 2`,
  );
  return { content, rights };
}

const engine = async () => (await asWorker<{ engine: string }>('SELECT series_engine() AS engine'))[0]?.engine;

test('without the extension a move is refused and says what to do', async () => {
  await expect(moveSeriesToTimescale({ ownerUrl: database.ownerUrl })).rejects.toThrow(/CREATE EXTENSION timescaledb/);
});

test('killed in the middle, the database is as it was and serves', async () => {
  await withClient(database.adminUrl, (admin) => admin.query('CREATE EXTENSION timescaledb'));
  const before = await everything();
  const child = spawn(process.execPath, [`${import.meta.dirname}/../src/main.ts`, '--series', 'timescale'], {
    env: { DATABASE_OWNER_URL: database.ownerUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const dead = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  // The new tables' trigger reads this one: the copy of the first part waits for it.
  await withClient(database.ownerUrl, async (other) => {
    await other.query('BEGIN; LOCK TABLE series_retention IN ACCESS EXCLUSIVE MODE');
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('copying market_data')) break;
    const waiting = `SELECT FROM pg_stat_activity WHERE application_name = 'trii-migrate' AND wait_event_type = 'Lock' AND datname = current_database()`;
    await expect.poll(async () => (await other.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1);
    child.kill('SIGKILL');
    expect(await dead).toBe('SIGKILL');
    await other.query('ROLLBACK');
  });
  expect(await engine()).toBe('native');
  expect(await everything()).toEqual(before);
  await asWorker('SELECT refresh_market_rollups(1)');
  expect(await everything()).toEqual(before);
}, 60_000);

test('a rollup that is not that of its bars stops the move, and nothing has changed', async () => {
  const wrong = (delta: number) =>
    asOwner(`UPDATE market_hourly_rollup SET volume = volume + $2 WHERE instrument_id = $1 AND bucket = '2026-09-05T10:00Z'`, [
      ids[0],
      delta,
    ]);
  await wrong(1);
  const before = await everything();
  await expect(moveSeriesToTimescale({ ownerUrl: database.ownerUrl })).rejects.toThrow(/hourly rollups are not those of their bars/);
  expect(await engine()).toBe('native');
  expect(await everything()).toEqual(before);
  await wrong(-1);
});

test('moves every row and gives the same answers to the same people, before and after the rollups are materialised', async () => {
  const before = await everything();
  const steps: string[] = [];
  const { moved, rows } = await moveSeriesToTimescale({ ownerUrl: database.ownerUrl, onStep: (step) => steps.push(step) });
  expect(moved).toBe(true);
  expect(rows).toMatchObject({ order_book: 2, technical_indicators: 2 });
  expect(rows['market_data']).toBeGreaterThan(7_000);
  expect(await engine()).toBe('timescale');
  expect(await everything()).toEqual(before);
  expect(await asOwner('SELECT FROM market_hourly_marks')).toEqual([]);
  expect(await pendingMigrations({ ownerUrl: database.ownerUrl })).toEqual([]);
  expect(await asOwner(`SELECT FROM pg_namespace WHERE nspname = 'series_native'`)).toEqual([]);
  // It lives on: a late bar counts at once, and what retention closed stays closed.
  const [id = ''] = ids;
  const series = seriesOf(asWorker, id);
  await series.insertBars([['2026-09-05T10:03:00Z', 99, 99, 99, 99, 1]]);
  expect((await series.hourly()).filter(({ high }: { high?: number }) => high === 99)).toHaveLength(1);
  await expect(series.insertBars([['2023-01-03T10:03:00Z', 99, 99, 99, 99, 1]])).rejects.toMatchObject({ code: 'TR010' });
}, 60_000);

test('asked again, it only finishes what is left', async () => {
  expect(await moveSeriesToTimescale({ ownerUrl: database.ownerUrl })).toMatchObject({ moved: false });
  expect(await asOwner('SELECT FROM market_hourly_marks')).toEqual([]);
});
