import {
  callAs,
  createDailyBars,
  createInstrument,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers } from '../../handlers.ts';
import { applyDueActions, ledgerDifferencesOf } from './actions.fixture.ts';

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

/** 10 units bought for 100 dollars of a portfolio in pesos, at 3,000. */
async function holder() {
  const operator = callAs(platform, operatorActor());
  await operator(handlers.platform.setValuationDate, { date: '2018-01-10' });
  await platform.inspect('DELETE FROM fx_rates');
  await createRate(database, { from: 'USD', to: 'COP', rate: '3000', asOf: '2018-01-02T14:00:00Z' });
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-02': '10' });
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'Pesos', baseCurrency: 'COP', openedOn: '2018-01-02' });
  await call(handlers.cash.deposit, { portfolioId, amount: '100.00', currency: 'USD', date: '2018-01-02' });
  await call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', quantity: '10', price: '10', date: '2018-01-02' });
  return {
    call,
    portfolioId,
    announce: (action: Omit<typeof handlers.market.recordAction.declaration.example, 'symbol'>) =>
      operator(handlers.market.recordAction, { symbol, ...action }),
    summary: () => call(handlers.portfolio.summary, { portfolioId }),
  };
}

const held = async (portfolioId: string): Promise<string | undefined> =>
  (await platform.inspect<{ id: string }>('SELECT instrument_id AS id FROM positions WHERE portfolio_id = $1', [portfolioId]))[0]?.id;

test('a dividend in dollars is paid in dollars to who keeps the books in pesos', async () => {
  const { announce, summary, call, portfolioId } = await holder();
  await announce({ kind: 'DIVIDEND', exDate: '2018-01-04', amount: '0.52' });
  await applyDueActions(platform);
  expect(await summary()).toMatchObject({ cashBalance: '0', otherCash: [{ currency: 'USD', available: '5.2' }], realizedPnl: '0' });
  const { items } = await call(handlers.portfolio.activity, { portfolioId, limit: 1 });
  expect(items).toMatchObject([{ kind: 'DIVIDEND', cash: '0', otherCash: [{ currency: 'USD', cash: '5.2', fees: '0' }] }]);
  expect(await ledgerDifferencesOf(platform)).toBe(0);
});

test('a dividend in dollars buys units at their price in dollars, which cost pesos at the rate of that day', async () => {
  const { announce, summary, call, portfolioId } = await holder();
  await call(handlers.portfolio.setDividendChoice, { portfolioId, choice: 'REINVEST' });
  await createDailyBars(database, (await held(portfolioId)) ?? '', { '2018-01-05': '13' });
  await createRate(database, { from: 'USD', to: 'COP', rate: '3100', asOf: '2018-01-05T14:00:00Z' });
  await announce({ kind: 'DIVIDEND', exDate: '2018-01-04', payDate: '2018-01-05', amount: '0.52' });
  expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
  // 5.20 / 13 = 0.4 units, for 5.20 x 3,100 = 16,120 pesos beside the 300,000.
  expect(await summary()).toMatchObject({ otherCash: [], positions: [{ quantity: '10.4', costBasis: '316120' }] });
  expect(await ledgerDifferencesOf(platform)).toBe(0);
});

test('a delisting in dollars gains in pesos at the rate of its day', async () => {
  const { announce, summary } = await holder();
  await createRate(database, { from: 'USD', to: 'COP', rate: '3500', asOf: '2018-01-04T14:00:00Z' });
  await announce({ kind: 'DELISTING', exDate: '2018-01-04', amount: '9' });
  await applyDueActions(platform);
  // 90 dollars at 3,500 are 315,000 pesos, for what cost 300,000.
  expect(await summary()).toMatchObject({ realizedPnl: '15000', investedAmount: '0', otherCash: [{ available: '90' }] });
});

test('a delisting that nobody has a rate for waits for one', async () => {
  const { announce, summary } = await holder();
  await platform.inspect('DELETE FROM fx_rates');
  await announce({ kind: 'DELISTING', exDate: '2018-01-04', amount: '9' });
  expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 1 });
  const noted = await platform.inspect(`SELECT reason FROM portfolio_actions WHERE reason IS NOT NULL ORDER BY updated_at DESC LIMIT 1`);
  expect(noted).toEqual([{ reason: 'FX_RATE_MISSING' }]);
  await createRate(database, { from: 'USD', to: 'COP', rate: '3000', asOf: '2018-01-04T14:00:00Z' });
  expect(await summary()).toMatchObject({ realizedPnl: '0', investedAmount: '300000' });
});
