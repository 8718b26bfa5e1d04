import { Client } from 'pg';
import { readMigration } from './migration-files.ts';
import { lockMigrations, offersTimescale, pendingMigrations, type MigrateOptions } from './migrate.ts';
import { aclOf, regrant } from './series-acl.ts';

const SERIES = ['market_data', 'order_book', 'technical_indicators'] as const;
const ROLLUPS = ['market_hourly_rollup', 'market_daily_rollup'] as const;
/** Where the native tables are while the new ones are filled; gone when the transaction ends, either way. */
const OLD = 'series_native';

/** Parts of a table take locks of the server's one table of locks, in the old form and in the new: this many each is an estimate on the safe side. */
const LOCKS_PER_PART = 16;

export interface MovedSeries {
  /** False: TimescaleDB was serving already. */
  readonly moved: boolean;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Moves the series of a database from the native engine to TimescaleDB, in one transaction: rows, views, functions and rights. Nobody reads or writes the
 * series meanwhile. Before the old tables go, every row and every stored rollup is compared. Killed anywhere, the database is as it was; run again, it
 * begins again, or only finishes the materialisation of rollups, which views do without until then.
 * @throws Error that says what to do, when TimescaleDB is not there, migrations are pending, or something differs
 */
export async function moveSeriesToTimescale(options: MigrateOptions): Promise<MovedSeries> {
  const say = options.onStep ?? (() => undefined);
  const client = new Client({ connectionString: options.ownerUrl, application_name: 'trii-migrate' });
  await client.connect();
  try {
    const engine = await lockMigrations(client);
    if (engine === 'native') {
      await assertReady(client, options);
      const rows = await inTransaction(client, () => move(client, say));
      await materialise(client, say);
      return { moved: true, rows };
    }
    await materialise(client, say);
    return { moved: false, rows: {} };
  } finally {
    await client.end();
  }
}

async function assertReady(client: Client, options: MigrateOptions): Promise<void> {
  if (!(await offersTimescale(client)))
    throw new Error(
      'This database has no TimescaleDB of the community licence. Install it on the server, add it to shared_preload_libraries, restart, and as a superuser: CREATE EXTENSION timescaledb (or run db/src/main.ts with DATABASE_ADMIN_URL).',
    );
  const pending = await pendingMigrations(options);
  if (pending.length > 0) throw new Error(`${pending.length} migrations are pending: run "trii migrate" first.`);
  const { rows } = await client.query<{ needed: number; available: number }>(
    `SELECT (SELECT count(*)::int FROM unnest($1::text[]) AS t (name) CROSS JOIN LATERAL series_parts(t.name)) * ${LOCKS_PER_PART} AS needed,
            current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int AS available`,
    [SERIES],
  );
  const { needed, available } = rows[0] ?? { needed: 0, available: 0 };
  if (needed > available)
    throw new Error(
      `The move locks about ${needed} objects at once and the server has room for ${available}: set max_locks_per_transaction to 512 or more and restart it.`,
    );
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  // The work of minutes or hours, and a wait for readers of a minute: the login's limits are for migrations beside traffic.
  await client.query(
    `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '60s'; SET TimeZone = 'UTC'`,
  );
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function move(client: Client, say: (step: string) => void): Promise<Record<string, number>> {
  say('locking the series');
  await client.query(
    `LOCK TABLE ${[...SERIES, ...ROLLUPS, 'market_hourly_marks', 'market_daily_marks'].join(', ')} IN ACCESS EXCLUSIVE MODE`,
  );
  const rights = await aclOf(client);
  await putAside(client);
  say('making hypertables and continuous aggregates');
  for (const name of ['0011_series', '0019_series_engine', '0020_series_reads'])
    for (const statement of readMigration(name, 'timescale').statements) await client.query(statement);
  await regrant(client, rights);
  const moved: Record<string, number> = {};
  for (const table of SERIES) {
    say(`copying ${table}`);
    moved[table] = await copyTable(client, table);
    say(`${table}: ${moved[table]} rows, all the same`);
  }
  await assertSameRollups(client);
  say('stored rollups agree with the bars');
  await client.query(`DROP SCHEMA ${OLD} CASCADE`);
  return moved;
}

/** Old tables into a schema of their own, with their indexes and triggers; what is replaced by other means than CREATE OR REPLACE goes. */
async function putAside(client: Client): Promise<void> {
  await client.query(`CREATE SCHEMA ${OLD};
    DROP VIEW market_data_daily, market_intraday_daily, market_data_hourly;
    DROP FUNCTION series_engine(), market_rollups_due(), refresh_market_rollups(integer), prepare_series_days(text, date[]), series_part_name(text, text, date);
    CREATE TABLE ${OLD}.hourly_marks AS SELECT DISTINCT instrument_id, bucket FROM market_hourly_marks;
    CREATE TABLE ${OLD}.daily_marks AS SELECT DISTINCT instrument_id, bucket FROM market_daily_marks;
    TRUNCATE market_hourly_marks, market_daily_marks`);
  for (const table of [...SERIES, ...ROLLUPS]) await client.query(`ALTER TABLE ${table} SET SCHEMA ${OLD}`);
}

/** Part by part, oldest first: the trigger marks each part's hours, which are materialised later. @throws Error when a row differs */
async function copyTable(client: Client, table: string): Promise<number> {
  const { rows: columns } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [`public.${table}`],
  );
  const list = columns.map(({ name }) => name).join(', ');
  const { rows: parts } = await client.query<{ part: string }>(
    'SELECT inhrelid::regclass::text AS part FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
    [`${OLD}.${table}`],
  );
  for (const { part } of parts)
    await client.query(`INSERT INTO public.${table} (${list}) SELECT ${list} FROM ${part} ORDER BY "timestamp"`);
  const [before, after] = [await digestOf(client, `${OLD}.${table}`), await digestOf(client, `public.${table}`)];
  if (before.digest !== after.digest || before.rows !== after.rows)
    throw new Error(
      `${table} would differ after the move (${before.rows} rows became ${after.rows}): nothing was changed. Please report this.`,
    );
  return Number(after.rows);
}

/** The same for the same rows in any order. */
async function digestOf(client: Client, table: string): Promise<{ readonly rows: string; readonly digest: string }> {
  const { rows } = await client.query<{ rows: string; digest: string }>(
    `SELECT count(*) AS rows, COALESCE(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS digest FROM ${table} t`,
  );
  return rows[0] ?? { rows: '0', digest: '' };
}

/** What was stored of hours and days that were not marked is what TimescaleDB will make of the same bars. */
async function assertSameRollups(client: Client): Promise<void> {
  const aggregate = (unit: string) =>
    `SELECT instrument_id, time_bucket('1 ${unit}', "timestamp") AS bucket, first(open, "timestamp") AS open, max(high) AS high, min(low) AS low,
       last(close, "timestamp") AS close, sum(volume) AS volume, ${unit === 'hour' ? 'avg(close) AS avg_price, ' : ''}count(*) AS data_points
     FROM public.market_data GROUP BY 1, 2`;
  for (const [unit, kind] of [
    ['hour', 'hourly'],
    ['day', 'daily'],
  ] as const) {
    const unmarked = (rows: string): string =>
      `SELECT r.* FROM (${rows}) r WHERE NOT EXISTS (SELECT FROM ${OLD}.${kind}_marks m WHERE m.instrument_id = r.instrument_id AND m.bucket = r.bucket)`;
    const stored = unmarked(`SELECT * FROM ${OLD}.market_${kind}_rollup`);
    const computed = unmarked(aggregate(unit));
    const { rows } = await client.query<{ n: string }>(
      `SELECT (SELECT count(*) FROM (${stored} EXCEPT ALL ${computed}) a) + (SELECT count(*) FROM (${computed} EXCEPT ALL ${stored}) b) AS n`,
    );
    if (rows[0]?.n !== '0')
      throw new Error(
        `${rows[0]?.n} stored ${kind} rollups are not those of their bars: nothing was changed. Mark them (market_${kind}_marks), refresh, and try again.`,
      );
  }
}

/** Each run takes a bounded number of windows; the scheduler would do the same, minute by minute. */
const RUNS_MAX = 1_000;

async function materialise(client: Client, say: (step: string) => void): Promise<void> {
  for (let run = 0; run < RUNS_MAX; run += 1) {
    const { rows } = await client.query<{ left: string }>(
      `SELECT (SELECT count(DISTINCT bucket) FROM market_hourly_marks) + (SELECT count(DISTINCT bucket) FROM market_daily_marks) AS left`,
    );
    const left = rows[0]?.left ?? '0';
    if (left === '0') return;
    say(`materialising rollups: ${left} hours and days left`);
    await client.query('CALL refresh_marked_rollups()');
  }
}
