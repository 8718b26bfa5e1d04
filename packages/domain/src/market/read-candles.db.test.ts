import {
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { localOrigin, type Actor } from '../platform/index.ts';
import { candlesHandler, lastCandlesHandler } from './read-candles.ts';

let database: TestDatabase;
let platform: TestPlatform;
let investor: Actor;
let instrument: { readonly id: string; readonly symbol: string };

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  investor = investorActor((await createUser(database)).id);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  instrument = await createInstrument(database);
});

type Asked = { interval: '1m' | '1h' | '1d'; from: string; to: string; timeZone?: string; limit?: number; symbol?: string };
const candles = (asked: Asked) =>
  platform.executor.run(candlesHandler, {
    actor: investor,
    input: { symbol: instrument.symbol, ...asked },
    origin: localOrigin('request-1'),
  });
const last = (symbols: string[], interval: '1h' | '1d' = '1d') =>
  platform.executor.run(lastCandlesHandler, { actor: investor, input: { symbols, interval }, origin: localOrigin('request-1') });

/** One bar of that price, from low to high one either way. */
const insert = (id: string, bars: Record<string, number>) =>
  database.as({ role: 'worker_role', userId: null }, (client) =>
    client.query(
      `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
       SELECT $1, b.at, b.price, b.price + 1, b.price - 1, b.price + 0.5, 10 FROM unnest($2::timestamptz[], $3::numeric[]) AS b (at, price)`,
      [id, Object.keys(bars), Object.values(bars)],
    ),
  );
const refresh = () => platform.inspect('SELECT refresh_market_rollups(1000)');
const candle = (start: string, price: number) => ({
  start,
  open: `${price}`,
  high: `${price + 1}`,
  low: `${price - 1}`,
  close: `${price + 0.5}`,
  volume: '10',
});
const [from, to] = ['2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'];

describe('market.candles', () => {
  const bars = { '2026-03-02T14:30:00Z': 10, '2026-03-02T14:45:00Z': 20, '2026-03-03T02:00:00Z': 30, '2026-03-31T23:59:00Z': 40 };
  const half = { start: '2026-03-02T14:00:00Z', open: '10', high: '21', low: '9', close: '20.5', volume: '20' };

  it.each([false, true])('gives minutes, hours and days, oldest first, with rollups refreshed: %s', async (isRefreshed) => {
    await insert(instrument.id, bars);
    if (isRefreshed) await refresh();
    expect((await candles({ interval: '1m', from, to })).candles).toEqual(Object.entries(bars).map(([at, price]) => candle(at, price)));
    expect((await candles({ interval: '1h', from, to })).candles).toEqual([
      half,
      candle('2026-03-03T02:00:00Z', 30),
      candle('2026-03-31T23:00:00Z', 40),
    ]);
    const days = await candles({ interval: '1d', from, to });
    expect(days).toMatchObject({ symbol: instrument.symbol, nextFrom: null });
    expect(days.candles.map(({ start, volume }) => [start, volume])).toEqual([
      ['2026-03-02T00:00:00Z', '20'],
      ['2026-03-03T00:00:00Z', '10'],
      ['2026-03-31T00:00:00Z', '10'],
    ]);
    const bogota = await candles({ interval: '1d', from, to, timeZone: 'America/Bogota' });
    expect(bogota.candles.map(({ start, volume }) => [start, volume])).toEqual([
      ['2026-03-02T05:00:00Z', '30'],
      ['2026-03-31T05:00:00Z', '10'],
    ]);
  });

  it('gives a page and where the next one starts', async () => {
    await insert(instrument.id, bars);
    const page = await candles({ interval: '1h', from, to, limit: 2 });
    expect(page).toMatchObject({ nextFrom: '2026-03-31T23:00:00Z' });
    expect(page.candles).toHaveLength(2);
    expect(await candles({ interval: '1h', from: page.nextFrom ?? '', to, limit: 2 })).toMatchObject({
      candles: [{ open: '40' }],
      nextFrom: null,
    });
  });

  it('starts at from and ends before to', async () => {
    await insert(instrument.id, bars);
    const hours = await candles({ interval: '1h', from: '2026-03-02T14:00:01Z', to: '2026-03-31T23:00:00Z' });
    expect(hours.candles).toEqual([candle('2026-03-03T02:00:00Z', 30)]);
  });

  it('refuses what it cannot answer', async () => {
    await expect(candles({ interval: '1d', from, to, symbol: 'NONE' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(candles({ interval: '1d', from, to, timeZone: 'Mars/Olympus' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(candles({ interval: '1h', from, to, timeZone: 'America/Bogota' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const wide = { interval: '1d', from: '2000-01-01T00:00:00Z', to, timeZone: 'America/Bogota' } as const;
    await expect(candles(wide)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await platform.inspect(`INSERT INTO market_hourly_history VALUES ($1, '2026-03-05T18:00Z', 1, 1, 1, 1, 1, 1, 1)`, [instrument.id]);
    await expect(candles({ interval: '1d', from, to, timeZone: 'Asia/Kolkata' })).rejects.toMatchObject({ code: 'BARS_NOT_KEPT' });
  });
});

describe('market.lastCandles', () => {
  it.each([false, true])(
    'gives the newest candle of each instrument that has one, by symbol, with rollups refreshed: %s',
    async (isRefreshed) => {
      const [other, without] = [await createInstrument(database), await createInstrument(database)];
      await insert(instrument.id, { '2026-03-02T14:30:00Z': 10, '2026-03-03T02:00:00Z': 30 });
      await insert(other.id, { '2026-03-01T10:00:00Z': 50 });
      if (isRefreshed) await refresh();
      const expected = (starts: [string, string]) =>
        [
          { symbol: instrument.symbol, ...candle(starts[0], 30) },
          { symbol: other.symbol, ...candle(starts[1], 50) },
        ].toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
      const symbols = [instrument.symbol, other.symbol, without.symbol];
      expect((await last(symbols)).candles).toEqual(expected(['2026-03-03T00:00:00Z', '2026-03-01T00:00:00Z']));
      expect((await last(symbols, '1h')).candles).toEqual(expected(['2026-03-03T02:00:00Z', '2026-03-01T10:00:00Z']));
    },
  );

  it('follows a deletion of the newest bars before the rollups do', async () => {
    await insert(instrument.id, { '2026-03-02T14:30:00Z': 10, '2026-03-03T02:00:00Z': 30 });
    await refresh();
    await platform.inspect(`DELETE FROM market_data WHERE instrument_id = $1 AND "timestamp" >= '2026-03-03'`, [instrument.id]);
    expect((await last([instrument.symbol])).candles).toMatchObject([{ start: '2026-03-02T00:00:00Z', open: '10' }]);
  });
});
