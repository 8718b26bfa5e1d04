import { addDays, parseLocalDate } from '@trii/kernel';
import {
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, type Actor } from '../platform/index.ts';
import { dailyBarsHandler } from './daily-bars.ts';

let database: TestDatabase;
let platform: TestPlatform;
let investor: Actor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  investor = investorActor((await createUser(database)).id);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

const bars = (symbol: string, from: string, to: string) =>
  platform.executor.run(dailyBarsHandler, { actor: investor, input: { symbol, from, to }, origin: localOrigin('request-1') });

it('gives the bars between two dates, both included, oldest first, and leaves out what a close-only bar lacks', async () => {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, {
    '2018-01-05': '12',
    '2018-01-02': '10.50000000',
    '2018-01-03': '10.25',
    '2018-01-04': '0.00000001',
  });
  await platform.inspect(
    "UPDATE daily_bars SET open = 10, high = 11.10, low = 9.9, volume = 1200000 WHERE instrument_id = $1 AND session_date = '2018-01-02'",
    [id],
  );
  expect(await bars(symbol, '2018-01-02', '2018-01-04')).toEqual({
    symbol,
    truncated: false,
    bars: [
      { date: '2018-01-02', open: '10', high: '11.1', low: '9.9', close: '10.5', volume: '1200000' },
      { date: '2018-01-03', open: null, high: null, low: null, close: '10.25', volume: null },
      { date: '2018-01-04', open: null, high: null, low: null, close: '0.00000001', volume: null },
    ],
  });
});

it('gives at most 2,000 bars, and says when there are more', async () => {
  const { id, symbol } = await createInstrument(database);
  const first = parseLocalDate('2000-01-01');
  await createDailyBars(database, id, Object.fromEntries(Array.from({ length: 2001 }, (_, day) => [addDays(first, day), '1'])));
  const all = await bars(symbol, first, '2020-12-31');
  expect(all).toMatchObject({ truncated: true });
  expect(all.bars).toHaveLength(2000);
  expect(all.bars.at(-1)?.date).toBe(addDays(first, 1999));
  const rest = await bars(symbol, addDays(first, 2000), '2020-12-31');
  expect(rest).toMatchObject({ truncated: false, bars: [{ date: addDays(first, 2000) }] });
});

it("takes a session's bar from the intraday rollup where there is one, and never both", async () => {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-02': '99', '2018-01-03': '12' });
  await platform.inspect(
    `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
     VALUES ($1, '2018-01-02 14:30:00+00', 10, 12, 9, 11, 100), ($1, '2018-01-02 14:31:00+00', 11, 13, 10, 12.5, 50)`,
    [id],
  );
  await platform.inspect('SELECT refresh_market_rollups(100)');
  expect((await bars(symbol, '2018-01-01', '2018-01-31')).bars).toEqual([
    { date: '2018-01-02', open: '10', high: '13', low: '9', close: '12.5', volume: '150' },
    { date: '2018-01-03', open: null, high: null, low: null, close: '12', volume: null },
  ]);
});

it('says that an unknown symbol is not there, and that a known one has no bars', async () => {
  await expect(bars('NONE', '2018-01-01', '2018-12-31')).rejects.toMatchObject({ code: 'NOT_FOUND', details: { symbol: 'NONE' } });
  const { symbol } = await createInstrument(database);
  expect(await bars(symbol, '2018-01-01', '2018-12-31')).toEqual({ symbol, bars: [], truncated: false });
});
