import { newId, parseLocalDate } from '@trii/kernel';
import {
  callAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';
import { localOrigin, systemActor } from '../platform/index.ts';
import { openPortfolio, shardOf, snapshotsOf, valueAt, writeSnapshots } from './snapshots.fixture.ts';

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

type Terms = Omit<typeof handlers.market.recordAction.declaration.example, 'symbol'>;

/** 10 units at 70.00 of 2 January and 9,300.00 beside them; then the action, applied by the worker, and the snapshots up to the last close. */
async function held(
  closes: Readonly<Record<string, string>>,
  { action, on, quantity = '10' }: { action: Terms; on: string; quantity?: string },
) {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, closes);
  await valueAt(platform, parseLocalDate(on));
  const { id: portfolioId, userId } = await openPortfolio(database, parseLocalDate('2018-01-02'));
  const call = callAs(platform, investorActor(userId));
  await call(handlers.portfolio.setDividendChoice, { portfolioId, choice: 'REINVEST' });
  const first = Object.values(closes)[0] ?? '';
  await call(handlers.cash.deposit, { portfolioId, amount: '1000000000.00', currency: 'USD', date: '2018-01-02' });
  await call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', quantity, price: first, date: '2018-01-02' });
  const { cashBalance } = await call(handlers.portfolio.summary, { portfolioId });
  const left = (Number(cashBalance) - (quantity === '10' ? 9_300 : 0)).toFixed(2);
  await call(handlers.cash.withdraw, { portfolioId, amount: left, currency: 'USD', date: '2018-01-02' });
  await callAs(platform, operatorActor())(handlers.market.recordAction, { symbol, ...action });
  const system = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });
  await platform.executor.run(systemHandlers.portfolio.dispatchActions, system({}));
  const shard = { shard: shardOf(portfolioId), runKey: newId(), through: on };
  expect(await platform.executor.batch(systemHandlers.portfolio.applyActions, system(shard))).toEqual({ applied: 1, blocked: 0 });
  await writeSnapshots(platform);
  return { call, portfolioId, days: await snapshotsOf(platform, portfolioId) };
}

test('a split is no jump: neither of value nor of return', async () => {
  const closes = { '2018-01-02': '70', '2018-01-03': '77', '2018-01-04': '11', '2018-01-05': '12.10' };
  const action = { kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 } as const;
  const { days } = await held(closes, { action, on: '2018-01-05' });
  // 9,300 + 10 x 77 = 10,070; 9,300 + 70 x 11 = 10,070; 9,300 + 70 x 12.10 = 10,147.
  expect(days.map((day) => [Number(day['total_value']), Number(day['daily_return']).toFixed(8)])).toEqual([
    [10000, '0.00000000'],
    [10070, '0.00700000'],
    [10070, '0.00000000'],
    [10147, '0.00764647'],
  ]);
});

test('a close from before a split is carried on in the new units, where there is none yet of its day', async () => {
  const action = { kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 } as const;
  const { call, portfolioId, days } = await held({ '2018-01-02': '70', '2018-01-03': '77' }, { action, on: '2018-01-04' });
  expect(days.at(-1)).toMatchObject({ total_value: '10070.00000000', is_stale: true });
  const { totalValue, positions } = await call(handlers.portfolio.summary, { portfolioId });
  expect({ totalValue, price: positions[0]?.currentPrice }).toEqual({ totalValue: '10070', price: '11' });
});

test('a dividend reinvested at the close of its ex date returns what adjusted closes say', async () => {
  // AAPL around 2015-11-05 in Quandl's WIKI prices (plotly/datasets, dash-stock-ticker-demo.csv), moved to two days of 2018: 122.00, then 120.92 and 0.52 paid.
  const closes = { '2018-01-02': '122.00', '2018-01-03': '120.92' };
  const action = { kind: 'DIVIDEND', exDate: '2018-01-03', amount: '0.52' } as const;
  const { days } = await held(closes, { action, on: '2018-01-03', quantity: '1000000' });
  expect(Number(days.at(-1)?.['daily_return'])).toBeCloseTo(-0.004590163934399927, 8);
});
