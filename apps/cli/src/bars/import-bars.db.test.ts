import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInstrument, createTestDatabase, type TestDatabase, withClient } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTrii, spawnTrii, type TriiOptions } from './trii-process.fixture.ts';

let database: TestDatabase;
let options: TriiOptions;
const folder = mkdtempSync(join(tmpdir(), 'trii-import-'));

beforeAll(async () => {
  database = await createTestDatabase();
  options = { cwd: folder, env: { ...database.servers, TRII_DATA_DIR: join(folder, 'data') } };
});

afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const inspect = async (text: string, values: readonly unknown[] = []) =>
  (await withClient(database.urls.admin, (client) => client.query<Record<string, unknown>>(text, [...values]))).rows;

async function importBars(file: string, ...args: string[]) {
  const { code, out, err } = await runTrii(['import', 'bars', file, '--json', ...args], options);
  return { code, err, report: out === '' ? {} : (JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>) };
}

function write(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

it('takes the real files of the demo with nothing but symbol and resolution, and rejects none of their lines', async () => {
  const packages = createRequire(import.meta.url);
  const vega = join(dirname(packages.resolve('vega-datasets')), '../data');
  for (const symbol of ['TRACKER', 'AAPL', 'MSFT', 'AMZN', 'IBM', 'GOOG']) await createInstrument(database, { symbol });
  const daily = ['--resolution', '1d'];
  const sp500 = await importBars(join(vega, 'sp500-2000.csv'), '--symbol', 'TRACKER', ...daily);
  expect(sp500.report).toMatchObject({ read: 5105, inserted: 5105, rejected: 0, ignoredColumns: ['adjclose'], rejectFile: null });
  const apple = await importBars(packages.resolve('@observablehq/sample-datasets/aapl.csv'), '--symbol', 'AAPL', ...daily);
  expect(apple.report).toMatchObject({ read: 1260, inserted: 1260, rejected: 0 });
  const stocks = await importBars(join(vega, 'stocks.csv'), '--resolution', '1mo');
  expect(stocks.report).toMatchObject({ read: 560, inserted: 560, rejected: 0 });
  // By hand from the files: the last line of the first, and "MSFT,Apr 1 2000,28.37"; that April ended on Friday the 28th.
  expect(
    await inspect(`SELECT i.symbol, b.session_date::text AS day, trim_scale(b.close)::text AS close, trim_scale(b.volume)::text AS volume
      FROM daily_bars b JOIN instruments i ON i.id = b.instrument_id
      WHERE (i.symbol, b.session_date) IN (('TRACKER', '2020-04-17'), ('MSFT', '2000-04-28')) ORDER BY day`),
  ).toEqual([
    { symbol: 'MSFT', day: '2000-04-28', close: '28.37', volume: null },
    { symbol: 'TRACKER', day: '2020-04-17', close: '2874.560059', volume: '5792140000' },
  ]);
});

it('reports rejected lines in a file of their own, and fails for them only when asked to', async () => {
  const { symbol } = await createInstrument(database);
  const lines = [
    'date,open,high,low,close,volume',
    '2020-01-02,10,11,9,10.5,100',
    '2020-01-03,"10,11,9,10,1',
    '2020-01-04,1,1,1,1,1',
    '2020-01-06,10,9,11,10,1',
  ];
  const path = write('broken.csv', lines);
  const first = await importBars(path, '--symbol', symbol, '--resolution', '1d');
  expect(first).toMatchObject({
    code: 0,
    report: { read: 4, written: 1, rejected: 3, rejectFile: 'broken.csv.rejects.csv', reasons: { not_a_session: 1 } },
  });
  expect(readFileSync(join(folder, 'broken.csv.rejects.csv'), 'utf8').split('\n')).toEqual([
    'line,reason,message,raw',
    '3,unterminated_quote,"a quoted field is not closed on its line","2020-01-03,""10,11,9,10,1"',
    '4,not_a_session,"the exchange had no session on that day: 2020-01-04 on XNYS","2020-01-04,1,1,1,1,1"',
    '5,high_below_low,"the high is below the low: high 9, low 11","2020-01-06,10,9,11,10,1"',
    '',
  ]);
  const strict = await importBars(path, '--symbol', symbol, '--resolution', '1d', '--strict', '--rejects', join(folder, 'elsewhere.csv'));
  expect(strict).toMatchObject({ code: 1, report: { written: 0, unchanged: 1, rejected: 3 } });
  expect(existsSync(join(folder, 'elsewhere.csv'))).toBe(true);
});

it('says what to do about a file it cannot begin with, and writes nothing', async () => {
  const path = write('closes.csv', ['date,close', '1/2/2020,5']);
  expect(await importBars(path, '--symbol', 'NOPE', '--resolution', '1d')).toMatchObject({
    code: 1,
    err: expect.stringContaining('market.listInstrument') as string,
  });
  const { symbol } = await createInstrument(database);
  const unclear = await importBars(path, '--symbol', symbol, '--resolution', '1d');
  expect(unclear).toMatchObject({ code: 1, err: expect.stringContaining('--date-format') as string });
  expect(await importBars(join(folder, 'none.csv'), '--symbol', symbol, '--resolution', '1d')).toMatchObject({
    code: 1,
    err: expect.stringContaining('none.csv') as string,
  });
  expect(await importBars(path, '--symbol', symbol, '--resolution', 'daily')).toMatchObject({ code: 2 });
  expect(await inspect('SELECT FROM daily_bars b JOIN instruments i ON i.id = b.instrument_id WHERE i.symbol = $1', [symbol])).toEqual([]);
});

it('reads the standard input, and a symbol that no line has is an error', async () => {
  const { symbol } = await createInstrument(database, { type: 'CRYPTO', exchangeCode: '24/7' });
  const input = `Ticker;Day;Last\n${symbol};04.01.2020;1234,5\n${symbol};25.01.2020;"0,5"\n`;
  const args = ['import', 'bars', '-', '--json', '--resolution', '1d', '--decimal-comma', '--map', 'date=Day'];
  const piped = await runTrii(args, { ...options, input });
  expect(JSON.parse(piped.out)).toMatchObject({ read: 2, inserted: 2, rejected: 0 });
  const { symbol: other } = await createInstrument(database);
  const missed = await runTrii([...args, '--symbol', other], { ...options, input });
  expect(missed).toMatchObject({ code: 1, err: expect.stringContaining(`none of the 2 lines is of symbol \\"${other}\\"`) as string });
});

const MINUTES = 300_000;

it('leaves whole chunks behind when it is killed, and the same command then makes the totals exact', async () => {
  const { id, symbol } = await createInstrument(database, { type: 'CRYPTO', exchangeCode: '24/7' });
  const start = Date.UTC(2024, 0, 1) / 1000;
  const lines = Array.from({ length: MINUTES }, (_, n) => `${start + n * 60},1,2,1,1.${n % 10},${n}`);
  const path = write('minutes.csv', ['time,open,high,low,close,volume', ...lines]);
  const args = ['import', 'bars', path, '--symbol', symbol, '--resolution', '1m', '--json'];

  const killed = spawnTrii(args, options);
  const progress = () => inspect('SELECT chunks, rows::int FROM batch_progress WHERE shard = $1', [symbol]);
  await expect.poll(async () => (await progress())[0]?.['chunks'], { timeout: 20_000, interval: 10 }).toBeGreaterThanOrEqual(2);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  // The server ends the transaction of a client that is gone once it notices.
  await expect
    .poll(
      () =>
        inspect("SELECT FROM pg_stat_activity WHERE application_name = 'trii-cli' AND state <> 'idle' AND datname = $1", [database.name]),
      { timeout: 20_000 },
    )
    .toEqual([]);

  const [left] = await inspect('SELECT count(*)::int AS bars FROM market_data WHERE instrument_id = $1', [id]);
  const bars = Number(left?.['bars']);
  expect(bars).toBeGreaterThan(0);
  expect(bars).toBeLessThan(MINUTES);
  expect(bars % 50_000).toBe(0);
  // Before each chunk of bars one makes the days that they need; the kill may have come between the two.
  const whole = (bars / 50_000) * 2;
  expect([[{ chunks: whole, rows: bars }], [{ chunks: whole + 1, rows: bars }]]).toContainEqual(await progress());

  const again = await runTrii(args, options);
  expect(JSON.parse(again.out.trim().split('\n').at(-1) ?? '')).toMatchObject({
    read: MINUTES,
    inserted: MINUTES - bars,
    corrected: 0,
    unchanged: bars,
    rejected: 0,
  });
  expect(
    await inspect('SELECT count(*)::int AS bars, sum(volume)::bigint::text AS volume FROM market_data WHERE instrument_id = $1', [id]),
  ).toEqual([{ bars: MINUTES, volume: String((MINUTES * (MINUTES - 1)) / 2) }]);
  expect(
    await inspect("SELECT sum((new_values->>'inserted')::int)::int AS inserted FROM audit_logs WHERE new_values->>'shard' = $1", [symbol]),
  ).toEqual([{ inserted: MINUTES }]);
}, 120_000);
