import { instant } from '@trii/kernel';
import {
  callAs,
  type CallAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { setValuationDateHandler } from '../platform/index.ts';
import { quoteHandler } from './read-quote.ts';
import { recordActionHandler } from './record-action.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  call = callAs(platform, investorActor((await createUser(database)).id));
});
beforeEach(() => valueAt('2018-01-10'));
afterAll(async () => {
  await platform.close();
  await database.close();
});

const valueAt = (date: string) => callAs(platform, operatorActor())(setValuationDateHandler, { date });
const quote = (symbol: string) => call(quoteHandler, { symbol });

async function minutes(instrumentId: string, bars: Readonly<Record<string, readonly [close: string, volume: string]>>): Promise<void> {
  for (const [at, [close, volume]] of Object.entries(bars)) {
    await platform.inspect(
      'INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, $2, $3, $3, $3, $3, $4)',
      [instrumentId, at, close, volume],
    );
  }
}

it('is the newest daily close with its change since the session before, at the close of its session', async () => {
  const { id, symbol } = await createInstrument(database);
  // A Friday and the Monday after it; what comes after the valuation date does not count.
  await createDailyBars(database, id, { '2018-01-04': '90', '2018-01-05': '148.10', '2018-01-08': '150.25', '2018-01-11': '999' });
  await platform.inspect(
    "UPDATE daily_bars SET open = 148, high = 151, low = 148, volume = 1234567 WHERE instrument_id = $1 AND session_date = '2018-01-08'",
    [id],
  );
  // 150.25 - 148.10 = 2.15; 2.15 / 148.10 = 1.45172 %. New York closes at 16:00, which is 21:00 UTC in January.
  expect(await quote(symbol)).toEqual({
    symbol,
    currencyCode: 'USD',
    price: '150.25',
    change: '2.15',
    changePct: 1.4517,
    volume: '1234567',
    timestamp: instant('2018-01-08T21:00:00Z').getTime(),
    sessionDate: '2018-01-08',
  });
});

it('has a change in the units of today on the day of a split', async () => {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-05': '77', '2018-01-08': '11.22', '2018-01-09': '11.22' });
  const split = { symbol, kind: 'SPLIT', exDate: '2018-01-08', ratioFrom: 1, ratioTo: 7 } as const;
  await callAs(platform, operatorActor())(recordActionHandler, split);
  await valueAt('2018-01-08');
  // 77 are 11 of now: 0.22 more, and not 65.78 less.
  expect(await quote(symbol)).toMatchObject({ price: '11.22', change: '0.22', changePct: 2 });
});

it('is the newest minute of a session under way, with the volume so far, against the daily close before', async () => {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-05': '10', '2018-01-08': '77' });
  await minutes(id, { '2018-01-08T14:30:00Z': ['11', '100'], '2018-01-08T14:31:00Z': ['12.50', '50'] });
  expect(await quote(symbol)).toEqual({
    symbol,
    currencyCode: 'USD',
    price: '12.5',
    change: '2.5',
    changePct: 25,
    volume: '150',
    timestamp: instant('2018-01-08T14:31:00Z').getTime(),
    sessionDate: '2018-01-08',
  });
});

it('agrees with the rollups before and after they are refreshed', async () => {
  const { id, symbol } = await createInstrument(database);
  await minutes(id, { '2018-01-05T20:59:00Z': ['10', '1'], '2018-01-08T14:30:00Z': ['9', '3'] });
  const before = await quote(symbol);
  expect(before).toMatchObject({ price: '9', change: '-1', changePct: -10, volume: '3' });
  await platform.inspect('SELECT refresh_market_rollups(100)');
  expect(await quote(symbol)).toEqual(before);
});

it('has no change while there is no session before, and no volume for a close-only bar', async () => {
  const { id, symbol } = await createInstrument(database, { exchangeCode: '24/7', type: 'CRYPTO' });
  await createDailyBars(database, id, { '2018-01-06': '0.00000001' });
  expect(await quote(symbol)).toMatchObject({
    price: '0.00000001',
    change: null,
    changePct: null,
    volume: null,
    timestamp: instant('2018-01-07T00:00:00Z').getTime(),
  });
});

it('follows the valuation date', async () => {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-05': '10', '2018-01-08': '12' });
  await valueAt('2018-01-07');
  expect(await quote(symbol)).toMatchObject({ price: '10', change: null });
});

it('says that a symbol is unknown, or that there is no price yet: never zero', async () => {
  await expect(quote('NONE')).rejects.toMatchObject({ code: 'NOT_FOUND', details: { symbol: 'NONE' } });
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-11': '10' });
  await expect(quote(symbol)).rejects.toMatchObject({ code: 'PRICE_MISSING', details: { symbol } });
});
