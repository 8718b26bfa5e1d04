import { createDailyBars, createInstrument, createTestDatabase } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dayRolled, nine, nineRolled, seriesOf, type Bar } from './series.fixture.ts';

let database: TestDatabase;
let id: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  ({ id } = await createInstrument(database));
});

const asWorker = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);
const refresh = async (): Promise<void> => {
  for (let left = 100; left > 0; left -= 1) if ((await asWorker<{ n: number }>('SELECT refresh_market_rollups() AS n'))[0]?.n === 0) return;
};

const insertBars = (bars: readonly Bar[]) => seriesOf(asWorker, id).insertBars(bars);
const hourly = () => seriesOf(asWorker, id).hourly();
const daily = () => seriesOf(asWorker, id).daily();

describe('rollups', () => {
  test('hold the newest bars before and after a refresh', async () => {
    await insertBars(nine);
    expect([await hourly(), await daily()]).toEqual([[nineRolled], [dayRolled]]);
    await refresh();
    expect([await hourly(), await daily()]).toEqual([[nineRolled], [dayRolled]]);
  });

  test('follow bars that arrive late or out of order, and corrections', async () => {
    await insertBars(nine);
    await refresh();
    await insertBars([['2026-03-02T09:00:00Z', 8, 8, 7, 8, 10]]);
    await insertBars([['2026-03-02T09:50:00Z', 11, 15, 11, 13, 60]]);
    const expected = { hour: '02 09', open: 8, high: 15, low: 7, close: 13, volume: 170, avg: (8 + 11 + 13) / 3, n: 3 };
    expect(await hourly()).toEqual([expected]);
    await refresh();
    expect(await hourly()).toEqual([expected]);
    expect(await daily()).toEqual([{ day: '2026-03-02', isMidnight: true, open: 8, high: 15, low: 7, close: 13, volume: 170, pct: 62.5 }]);
  });

  test('keep the days apart at midnight in UTC', async () => {
    await insertBars([
      ['2026-03-02T23:59:00Z', 10, 10, 10, 10, 1],
      ['2026-03-03T00:00:00Z', 20, 20, 20, 20, 2],
    ]);
    await refresh();
    expect(await daily()).toMatchObject([
      { day: '2026-03-02', volume: 1 },
      { day: '2026-03-03', volume: 2 },
    ]);
  });

  test('are refreshed in steps when asked to', async () => {
    await insertBars([...nine, ['2026-03-02T10:10:00Z', 14, 14, 14, 14, 5]]);
    expect(await asWorker('SELECT refresh_market_rollups(1) AS n')).toEqual([{ n: 1 }]);
    expect(await daily()).toEqual([{ ...dayRolled, volume: 155 }]);
    await refresh();
    expect(await daily()).toEqual([{ ...dayRolled, volume: 155 }]);
    expect(await asWorker('SELECT FROM market_rollup_marks')).toEqual([]);
  });
});

describe('market_data_daily', () => {
  test('is the daily bar where no intraday bar covers the session, and the rollup where one does: never both', async () => {
    await createDailyBars(database, id, { '2026-03-02': '99', '2026-03-03': '50' });
    await insertBars(nine);
    const bar = { day: '2026-03-03', isMidnight: true, open: null, high: null, low: null, close: 50, volume: null, pct: null };
    expect(await daily()).toEqual([dayRolled, bar]);
    await refresh();
    expect(await daily()).toEqual([dayRolled, bar]);
  });

  test('gives no return instead of failing when the open is zero', async () => {
    await insertBars([['2026-03-02T09:10:00Z', 0, 1, 0, 1, 1]]);
    expect(await daily()).toMatchObject([{ close: 1, pct: null }]);
  });
});

test('the same bar cannot be stored twice', async () => {
  await insertBars(nine);
  const again = `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, '2026-03-02T09:10:00Z', 1, 1, 1, 1, 1)`;
  await expect(asWorker(again, [id])).rejects.toMatchObject({ code: '23505' });
});

test('this database runs the native engine', async () => {
  expect(await asWorker('SELECT series_engine() AS engine')).toEqual([{ engine: 'native' }]);
});
