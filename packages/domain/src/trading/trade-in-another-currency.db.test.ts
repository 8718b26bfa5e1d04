import {
  callAs,
  createInstrument,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
  type CallAs,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let symbol: string;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-01-10' });
  ({ symbol } = await createInstrument(database));
  for (const [rate, asOf] of [
    ['2900.5', '2018-01-03T14:00:00Z'],
    ['3100', '2018-01-05T14:00:00Z'],
  ] as const)
    await createRate(database, { from: 'USD', to: 'COP', rate, asOf });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  call = callAs(platform, investorActor((await createUser(database)).id));
  ({ id: portfolioId } = await call(handlers.portfolio.open, { name: 'Pesos', baseCurrency: 'COP', openedOn: '2018-01-03' }));
  await call(handlers.cash.deposit, { portfolioId, amount: '1000000.00', currency: 'COP', date: '2018-01-03' });
});

const dollars = (amount: string) => call(handlers.cash.deposit, { portfolioId, amount, currency: 'USD', date: '2018-01-03' });
type Side = 'BUY' | 'SELL';
const deal = (...[tradeType, quantity, price, date]: [Side, string, string, string]) => ({
  portfolioId,
  symbol,
  tradeType,
  quantity,
  price,
  fees: '1.00',
  date,
});

test('is paid in its own currency, and costs and gains in the base currency at the rate of its day', async () => {
  await dollars('1000.00');
  // 10 x 33.333 = 333.33, and 1.00: 334.33 dollars, at 2,900.5: 966,823.665 + 2,900.5.
  const bought = await call(handlers.trading.recordTrade, deal('BUY', '10', '33.333', '2018-01-03'));
  expect(bought).toMatchObject({
    currency: 'USD',
    totalAmount: '333.33',
    cashBalance: '665.67',
    realizedPnl: '0',
    avgCost: '96972.4165',
    baseRate: { from: 'USD', to: 'COP', rate: '2900.5', asOf: '2018-01-03T14:00:00.000Z', path: 'direct' },
  });
  // 4 x 40 - 1 = 159 dollars at 3,100: 492,900, less four tenths of 969,724.165.
  const sold = await call(handlers.trading.recordTrade, deal('SELL', '4', '40', '2018-01-05'));
  expect(sold).toMatchObject({ cashBalance: '824.67', realizedPnl: '105010.334', positionQuantity: '6' });
  expect(await call(handlers.portfolio.summary, { portfolioId })).toMatchObject({
    cashBalance: '1000000',
    investedAmount: '581834.499',
    realizedPnl: '105010.334',
    otherCash: [{ currency: 'USD', available: '824.67' }],
  });
  const trades = await platform.inspect('SELECT base_rate, base_rate_as_of FROM trades WHERE portfolio_id = $1 ORDER BY executed_at', [
    portfolioId,
  ]);
  expect(trades).toMatchObject([{ base_rate: '2900.500000000000000000' }, { base_rate: '3100.000000000000000000' }]);
  const { items } = await call(handlers.portfolio.ledger, { portfolioId, limit: 1 });
  expect(
    items[0]?.lines.map(({ account, asset, amount, costBasis }) => [account, asset === symbol ? 'units' : asset, amount, costBasis]),
  ).toEqual([
    ['cash', 'USD', '159', null],
    ['trading', 'USD', '-160', null],
    ['fees', 'USD', '1', null],
    ['trading', 'units', '4', null],
    ['holding', 'units', '-4', '-387889.666'],
  ]);
});

test('without enough cash of its currency is refused with the advice to exchange, however much there is of the base currency', async () => {
  await dollars('10.00');
  await expectRefusal(platform, () => call(handlers.trading.recordTrade, deal('BUY', '1', '10', '2018-01-03')), {
    code: 'INSUFFICIENT_CASH',
    details: { amount: '11', currency: 'USD', available: '10', advice: 'exchange cash into USD first: cash.exchange' },
  });
});

test('is refused where the rate of its day is too old to book it by', async () => {
  await dollars('100.00');
  await expectRefusal(platform, () => call(handlers.trading.recordTrade, deal('BUY', '1', '10', '2018-01-04')), {
    code: 'FX_RATE_STALE',
    details: { from: 'USD', to: 'COP', at: '2018-01-04T21:00:00.000Z', asOf: '2018-01-03T14:00:00.000Z', ageHoursMax: 24 },
  });
});

test('is taken back with its dollars and its costs in pesos', async () => {
  await dollars('1000.00');
  const { transactionId } = await call(handlers.trading.recordTrade, deal('BUY', '10', '33.333', '2018-01-03'));
  await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'a mistake' });
  expect(await call(handlers.portfolio.summary, { portfolioId })).toMatchObject({
    investedAmount: '0',
    realizedPnl: '0',
    otherCash: [{ currency: 'USD', available: '1000' }],
    positions: [],
  });
});
