import { addDays, newId, parseLocalDate } from '@trii/kernel';
import { createInstrument, createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BulkTransaction,
  createExecutor,
  localOrigin,
  sessionLimitsByDefault,
  systemActor,
  type TransactionHost,
} from '../platform/index.ts';
import { barFileOf } from './bar-file.fixture.ts';
import { type ImportRequest, openBarImport } from './bar-import.ts';
import { instrumentFinder } from './find-instrument.ts';
import { dryRunImport, importBarsHandler, type ImportCounts } from './import-bars.ts';
import type { BarFile, RejectedLine } from './ports.ts';

let database: TestDatabase;
let platform: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

interface Ran {
  readonly counts: Partial<ImportCounts>;
  readonly rejected: RejectedLine[];
}

interface Given extends Partial<ImportRequest> {
  readonly chunkRows?: number;
  readonly transactions?: TransactionHost;
  readonly dryRun?: boolean;
}

/** One run over a file, with small chunks so that a few lines make several. */
async function run(file: BarFile, { chunkRows = 4, transactions = platform.transactions, dryRun = false, ...given }: Given): Promise<Ran> {
  const rejected: RejectedLine[] = [];
  const request: ImportRequest = {
    resolution: '1d',
    source: 'test.csv',
    symbol: undefined,
    mapping: {},
    timeZone: undefined,
    dateFormat: undefined,
    decimalComma: false,
    ...given,
  };
  const parts = {
    file,
    find: instrumentFinder(transactions),
    rejects: { add: (line: RejectedLine) => rejected.push(line) },
    clock: platform.clock,
    chunkRows,
  };
  const opened = await openBarImport(request, parts);
  if (dryRun)
    return { rejected, counts: await transactions.bulk({ role: 'worker_role', userId: null }, (bulk) => dryRunImport(opened, bulk)) };
  const { live, bank, mail, passwords, sessions, throttle, vault, blobs, logger, clock } = platform;
  const tokens = { issue: () => '', hash: () => '' };
  const executor = createExecutor({
    transactions,
    clock,
    logger,
    subscriptions: {},
    ports: {
      live,
      bank,
      mail,
      passwords,
      sessions,
      tokens,
      sessionLimits: sessionLimitsByDefault,
      throttle,
      vault,
      blobs,
      screening: { screen: () => Promise.resolve([]) },
    },
  });
  const input = { source: request.source, resolution: request.resolution };
  const counts = await executor.batch(importBarsHandler(opened), { actor: systemActor('cli'), origin: localOrigin(newId()), input });
  return { counts, rejected };
}

/** The platform's transactions with something put before or after the statements of a chunk. */
function bulkHost(wrap: (bulk: BulkTransaction) => BulkTransaction): TransactionHost {
  const { transactions } = platform;
  return { ...transactions, bulk: (session, work) => transactions.bulk(session, (bulk) => work(wrap(bulk))) };
}

const DAYS = ['02', '03', '06', '07', '08', '09', '10', '13', '14', '15'].map((day) => `2020-01-${day}`);
const HEADER = 'date,open,high,low,close,volume';
/** Ten sessions at 10, 11, 12 ... */
const LINES = DAYS.map((day, n) => `${day},${n + 10},${n + 12},${n + 9},${n + 11}.5,${n}00`);

const stored = (instrumentId: string) =>
  platform.inspect<Record<string, string | null>>(
    `SELECT session_date::text AS day, trim_scale(open)::text AS open, trim_scale(high)::text AS high, trim_scale(low)::text AS low,
       trim_scale(close)::text AS close, trim_scale(volume)::text AS volume, source, xmin::text AS writer
     FROM daily_bars WHERE instrument_id = $1 ORDER BY session_date`,
    [instrumentId],
  );

describe('importing daily bars', () => {
  it('stores every value, a transaction to a chunk, each with its progress and its audit row', async () => {
    const { id, symbol } = await createInstrument(database);
    const { counts, rejected } = await run(barFileOf(HEADER, LINES), { symbol });
    expect(counts).toEqual({ read: 10, inserted: 10, corrected: 0, unchanged: 0, rejected: 0 });
    expect(rejected).toEqual([]);
    const bars = await stored(id);
    expect(bars.map(({ day }) => day)).toEqual(DAYS);
    expect(bars[3]).toMatchObject({ open: '13', high: '15', low: '12', close: '14.5', volume: '300', source: 'test.csv' });
    expect(new Set(bars.map(({ writer }) => writer)).size).toBe(3);
    expect(await platform.inspect('SELECT job_name, status, chunks, rows::int FROM batch_progress WHERE shard = $1', [symbol])).toEqual([
      { job_name: 'market.importBars', status: 'done', chunks: 3, rows: 10 },
    ]);
    const audit = await platform.inspect(
      `SELECT actor, use_case, outcome, user_id, (new_values->>'inserted')::int AS inserted FROM audit_logs WHERE new_values->>'shard' = $1 ORDER BY created_at, id`,
      [symbol],
    );
    const entry = { actor: 'system:cli', use_case: 'market.importBars', outcome: 'ok', user_id: null };
    expect(audit).toEqual([4, 4, 2].map((inserted) => ({ ...entry, inserted })));
  });

  it('changes nothing when the file comes again, and writes no row to find that out', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf(HEADER, LINES), { symbol });
    const before = await stored(id);
    const again = LINES.map((line) => line.replace('.5,', '.50000,'));
    const { counts } = await run(barFileOf(HEADER, again), { symbol, source: 'other.csv' });
    expect(counts).toEqual({ read: 10, inserted: 0, corrected: 0, unchanged: 10, rejected: 0 });
    expect(await stored(id)).toEqual(before);
  });

  it('corrects what differs and adds what is new, counting each', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf(HEADER, LINES.slice(2, 8)), { symbol });
    const changed = LINES.with(3, `${DAYS[3] ?? ''},13,16,12,14.5,300`).with(6, `${DAYS[6] ?? ''},16,18,15,17.5,601`);
    const { counts } = await run(barFileOf(HEADER, changed), { symbol, source: 'better.csv' });
    expect(counts).toEqual({ read: 10, inserted: 4, corrected: 2, unchanged: 4, rejected: 0 });
    const bars = await stored(id);
    expect(bars.map(({ source }) => source === 'better.csv')).toEqual([true, true, false, true, false, false, true, false, true, true]);
    expect(bars[3]).toMatchObject({ high: '16', volume: '300' });
    expect(bars[6]).toMatchObject({ high: '18', volume: '601' });
  });

  it('announces from which day on the bars of an instrument changed, and nothing where none did', async () => {
    const { id, symbol } = await createInstrument(database);
    const announced = async () =>
      (
        await platform.inspect<{ from: string }>(
          `SELECT c->>'from' AS from FROM outbox o, jsonb_array_elements(o.payload->'changes') c
           WHERE o.name = 'market.BarsImported' AND c->>'instrumentId' = $1 ORDER BY o.sequence`,
          [id],
        )
      ).map(({ from }) => from);
    await run(barFileOf(HEADER, LINES.slice(2, 8)), { symbol });
    // Chunks of four: one from the third day on, one from the seventh.
    expect(await announced()).toEqual([DAYS[2], DAYS[6]]);
    await run(barFileOf(HEADER, LINES.slice(2, 8)), { symbol });
    expect(await announced()).toHaveLength(2);
    await run(barFileOf(HEADER, LINES.slice(2, 8).with(1, `${DAYS[3] ?? ''},13,16,12,14.5,300`)), { symbol });
    expect((await announced()).slice(2)).toEqual([DAYS[3]]);
  });

  it('takes lines in any order', async () => {
    const { id, symbol } = await createInstrument(database);
    const shuffled = [7, 0, 5, 2, 9, 4, 1, 8, 3, 6].flatMap((n) => LINES[n] ?? []);
    expect((await run(barFileOf(HEADER, shuffled), { symbol })).counts).toMatchObject({ inserted: 10, unchanged: 0 });
    expect((await stored(id)).map(({ day }) => day)).toEqual(DAYS);
  });

  it.each([{ dryRun: false }, { dryRun: true }])(
    'takes a repeat that says the same for unchanged and rejects one that does not ($dryRun)',
    async ({ dryRun }) => {
      const { id, symbol } = await createInstrument(database);
      const [first = '', second = ''] = LINES;
      const near = [first, first, first.replace('.5,', '.6,'), second];
      const far = [...LINES.slice(2), first.replace('.5,', '.7,'), second.replace('.5,', '.50,')];
      const { counts, rejected } = await run(barFileOf(HEADER, [...near, ...far]), { symbol, dryRun });
      expect(counts).toMatchObject({ read: 14, inserted: 10, corrected: 0, unchanged: 2, rejected: 2 });
      expect(rejected.map(({ line, reason, raw }) => [line, reason, raw])).toEqual([
        [4, 'conflicting_repeat', '2020-01-02,10,12,9,11.6,000'],
        [14, 'conflicting_repeat', '2020-01-02,10,12,9,11.7,000'],
      ]);
      expect((await stored(id)).map(({ close }) => close).slice(0, 1)).toEqual(dryRun ? [] : ['11.5']);
    },
  );

  it('never lets a close-only bar take away what is known, unless the close itself is another', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf(HEADER, LINES.slice(0, 2)), { symbol });
    const closes = [`${DAYS[0] ?? ''},11.50`, `${DAYS[1] ?? ''},12.4`, `${DAYS[2] ?? ''},13`];
    const { counts } = await run(barFileOf('date,close', closes), { symbol });
    expect(counts).toEqual({ read: 3, inserted: 1, corrected: 1, unchanged: 1, rejected: 0 });
    expect((await stored(id)).map(({ open, close, volume }) => [open, close, volume])).toEqual([
      ['10', '11.5', '0'],
      [null, '12.4', null],
      [null, '13', null],
    ]);
  });

  it('fills in what a close-only bar lacked', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf('date,close', [`${DAYS[0] ?? ''},11.5`]), { symbol });
    expect((await run(barFileOf(HEADER, LINES.slice(0, 1)), { symbol })).counts).toMatchObject({ corrected: 1, unchanged: 0 });
    expect(await stored(id)).toMatchObject([{ open: '10', close: '11.5' }]);
  });

  it('imports many instruments from one file', async () => {
    const [one, two] = [await createInstrument(database), await createInstrument(database, { type: 'CRYPTO', exchangeCode: '24/7' })];
    await run(barFileOf('date,close', [`${DAYS[4] ?? ''},7`]), { symbol: two.symbol });
    const lines = DAYS.flatMap((day) => [`${one.symbol},${day},5`, `${two.symbol},${day},7`, `NOPE,${day},1`]);
    const { counts, rejected } = await run(barFileOf('symbol,date,close', lines), {});
    expect(counts).toEqual({ read: 30, inserted: 19, corrected: 0, unchanged: 1, rejected: 10 });
    expect(new Set(rejected.map(({ reason }) => reason))).toEqual(new Set(['unknown_symbol']));
    expect(await stored(one.id)).toHaveLength(10);
    expect(await stored(two.id)).toHaveLength(10);
  });

  it('inserts every bar once when two imports run at the same time', async () => {
    const { id, symbol } = await createInstrument(database, { exchangeCode: '24/7' });
    const first = parseLocalDate('2001-01-01');
    const lines = Array.from({ length: 400 }, (_, n) => `${addDays(first, n)},${n + 1}`);
    const both = await Promise.all(
      [lines, lines.toReversed()].map((order) => run(barFileOf('date,close', order, 50), { symbol, chunkRows: 50 })),
    );
    const inserted = both.map(({ counts }) => counts.inserted ?? 0);
    const unchanged = both.map(({ counts }) => counts.unchanged ?? 0);
    expect(inserted.reduce((a, b) => a + b)).toBe(400);
    expect(unchanged.reduce((a, b) => a + b)).toBe(400);
    expect(await stored(id)).toHaveLength(400);
  });
});

describe('importing intraday bars', () => {
  const minutes = Array.from({ length: 10 }, (_, n) => `2020-12-15 09:3${n},1,2,1,${n + 1}e-1,${n}`).map((line) =>
    line.replace('e-1', '').replace(',1,2,', ',1,20,'),
  );
  const given: Given = { resolution: '1m', timeZone: 'America/New_York' };
  const bars = (instrumentId: string) =>
    platform.inspect<Record<string, unknown>>(
      `SELECT to_char("timestamp" AT TIME ZONE 'UTC', 'HH24:MI') AS at, trim_scale(close)::text AS close, vwap, trade_count FROM market_data
       WHERE instrument_id = $1 ORDER BY "timestamp"`,
      [instrumentId],
    );

  it('stores them by their start, corrects them, and forgets what belonged to the old bar', async () => {
    const { id, symbol } = await createInstrument(database);
    expect((await run(barFileOf('time,open,high,low,close,volume', minutes), { ...given, symbol })).counts).toMatchObject({ inserted: 10 });
    await platform.inspect('UPDATE market_data SET vwap = 1.5, trade_count = 7 WHERE instrument_id = $1', [id]);
    const changed = minutes.with(2, '2020-12-15 09:32,1,20,1,15,2');
    const { counts } = await run(barFileOf('time,open,high,low,close,volume', changed), { ...given, symbol });
    expect(counts).toEqual({ read: 10, inserted: 0, corrected: 1, unchanged: 9, rejected: 0 });
    expect((await bars(id)).slice(1, 4)).toEqual([
      { at: '14:31', close: '2', vwap: '1.50000000', trade_count: 7 },
      { at: '14:32', close: '15', vwap: null, trade_count: null },
      { at: '14:33', close: '4', vwap: '1.50000000', trade_count: 7 },
    ]);
  });

  it('shows in the hourly rollup at once', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf('time,open,high,low,close,volume', minutes), { ...given, symbol });
    expect(
      await platform.inspect(
        'SELECT trim_scale(close)::text AS close, data_points::int AS bars FROM market_data_hourly WHERE instrument_id = $1',
        [id],
      ),
    ).toEqual([{ close: '10', bars: 10 }]);
  });

  it('compares the chunk after all when a feed writes one of its bars in between', async () => {
    const { id, symbol } = await createInstrument(database);
    let raced = 0;
    const host = bulkHost((bulk) => ({
      ...bulk,
      copyFrom: async (statement, chunks) => {
        if (raced === 0 && statement.startsWith('COPY market_data')) {
          raced += 1;
          await platform.inspect(
            `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, '2020-12-15 14:31+00', 1, 20, 1, 19, 1)`,
            [id],
          );
        }
        return bulk.copyFrom(statement, chunks);
      },
    }));
    const { counts } = await run(barFileOf('time,open,high,low,close,volume', minutes), { ...given, symbol, transactions: host });
    expect(raced).toBe(1);
    expect(counts).toEqual({ read: 10, inserted: 9, corrected: 1, unchanged: 0, rejected: 0 });
    expect((await bars(id)).map(({ close }) => close)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  });

  it.each([{ dryRun: false }, { dryRun: true }])('compares repeats across chunks ($dryRun)', async ({ dryRun }) => {
    const { symbol } = await createInstrument(database);
    const repeats = [...minutes, minutes[0] ?? '', '2020-12-15 09:31,1,20,1,3,1'];
    const { counts, rejected } = await run(barFileOf('time,open,high,low,close,volume', repeats), { ...given, symbol, dryRun });
    expect(counts).toMatchObject({ read: 12, inserted: 10, corrected: 0, unchanged: 1, rejected: 1 });
    expect(rejected).toMatchObject([{ line: 13, reason: 'conflicting_repeat' }]);
  });
});

describe('importing old intraday bars', () => {
  it('makes the days they need first, a bounded number to a transaction, and leaves nothing in the DEFAULT partition', async () => {
    const { id, symbol } = await createInstrument(database);
    const first = parseLocalDate('2011-01-03');
    const lines = Array.from({ length: 230 }, (_, day) => `${addDays(first, day)} 12:00,1,1,1,1,1`);
    const made: number[] = [];
    const host = bulkHost((bulk) => ({
      ...bulk,
      sql: async <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) => {
        const rows = await bulk.sql<Row & { made?: number }>(strings, ...values);
        if (strings[0]?.includes('prepare_series_days') === true) made.push(rows[0]?.made ?? -1);
        return rows;
      },
    }));
    const { counts } = await run(barFileOf('time,open,high,low,close,volume', lines), {
      resolution: '1m',
      timeZone: 'UTC',
      symbol,
      chunkRows: 1_000,
      transactions: host,
    });
    expect(counts).toMatchObject({ inserted: 230, rejected: 0 });
    expect(made).toEqual([100, 100, 30]);
    const where = await platform.inspect(
      "SELECT count(DISTINCT tableoid)::int AS parts, bool_or(tableoid::regclass::text LIKE '%default') AS astray FROM market_data WHERE instrument_id = $1",
      [id],
    );
    expect(where).toEqual([{ parts: 230, astray: false }]);
  });

  it('takes at most a hundred days a call', async () => {
    const days = Array.from({ length: 101 }, (_, day) => addDays(parseLocalDate('2010-01-01'), day));
    const asked = database.as({ role: 'worker_role', userId: null }, (client) =>
      client.query(`SELECT prepare_series_days('market_data', $1::date[])`, [days]),
    );
    await expect(asked).rejects.toMatchObject({ code: 'TR011' });
  });
});

describe('two imports of one instrument', () => {
  it('take turns: the second waits for the chunk of the first, then finds its bars unchanged', async () => {
    const { symbol } = await createInstrument(database);
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const host = bulkHost((bulk) => ({
      ...bulk,
      copyFrom: async (statement, chunks) => {
        const copied = await bulk.copyFrom(statement, chunks);
        reached.resolve();
        await gate.promise;
        return copied;
      },
    }));
    const first = run(barFileOf(HEADER, LINES), { symbol, chunkRows: 100, transactions: host });
    await reached.promise;
    const second = run(barFileOf(HEADER, LINES), { symbol, chunkRows: 100 });
    const waiting = () =>
      platform.inspect(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
    await expect.poll(waiting).toHaveLength(1);
    gate.resolve();
    expect((await first).counts).toMatchObject({ inserted: 10, unchanged: 0 });
    expect((await second).counts).toMatchObject({ inserted: 0, unchanged: 10 });
  });
});

describe('a dry run', () => {
  it('counts what an import would do and leaves no trace', async () => {
    const { id, symbol } = await createInstrument(database);
    await run(barFileOf(HEADER, LINES.slice(0, 5)), { symbol });
    const footprint = () =>
      platform.inspect('SELECT (SELECT count(*) FROM audit_logs) AS audits, (SELECT count(*) FROM batch_progress) AS runs');
    const [bars, traces] = [await stored(id), await footprint()];
    const changed = LINES.with(1, `${DAYS[1] ?? ''},11,14,10,12.5,100`).with(7, `${DAYS[7] ?? ''},17,16,19,18,1`);
    const { counts, rejected } = await run(barFileOf(HEADER, changed), { symbol, dryRun: true });
    expect(counts).toEqual({ read: 10, skipped: 0, inserted: 4, corrected: 1, unchanged: 4, rejected: 1 });
    expect(rejected).toMatchObject([{ line: 9, reason: 'high_below_low' }]);
    expect(await stored(id)).toEqual(bars);
    expect(await footprint()).toEqual(traces);
  });
});
