import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';
import { Failure } from '../platform/index.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let portfolioId: string;
let symbol: string;

type Side = 'BUY' | 'SELL';

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  const { id: userId } = await createUser(database);
  call = callAs(platform, investorActor(userId));
  ({ id: portfolioId } = await createPortfolio(database, { userId }));
  ({ symbol } = await createInstrument(database));
  await call(handlers.cash.deposit, { portfolioId, amount: '10000.00', currency: 'USD', date: '2018-01-02' });
  // Bought 10 at 10.00 and 1.00 fee, 10 at 30.00, 10 at 20.00; a purchase that is taken back; then 15 sold.
  const trade = (tradeType: Side, quantity: string, [price, date, fees = '0.00']: readonly [string, string, string?]) =>
    call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType, quantity, price, fees, date });
  await trade('BUY', '10', ['10.00', '2018-01-03', '1.00']);
  await trade('BUY', '10', ['30.00', '2018-01-04']);
  await trade('BUY', '10', ['20.00', '2018-01-05']);
  await trade('SELL', '15', ['25.00', '2018-01-08']);
  const { transactionId } = await trade('BUY', '7', ['99.00', '2018-01-09']);
  await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'entered twice' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const codeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'answered',
    (error: unknown) => (error instanceof Failure ? error.code : error),
  );

// By hand: 101 + 300 + 200 = 601 were paid for 30 units, 15 of them are left.
test.each([
  // 10 at 10.10, then 5 at 30.
  [
    'FIFO',
    '251',
    [
      ['2018-01-04', '5', '150'],
      ['2018-01-05', '10', '200'],
    ],
  ],
  // 10 at 20, then 5 at 30.
  [
    'LIFO',
    '350',
    [
      ['2018-01-03', '10', '101'],
      ['2018-01-04', '5', '150'],
    ],
  ],
  // 10 at 30, then 5 at 20.
  [
    'HIFO',
    '400',
    [
      ['2018-01-03', '10', '101'],
      ['2018-01-05', '5', '100'],
    ],
  ],
] as const)('lots leave in the order %s, and no cost is lost between them', async (order, relievedCost, left) => {
  const view = await call(handlers.portfolio.lots, { portfolioId, symbol, order });
  expect(view).toMatchObject({ order, quantity: '15', purchasedCost: '601', relievedCost, openCost: String(601 - Number(relievedCost)) });
  expect(view.lots.map(({ openedOn, quantity, cost }) => [openedOn, quantity, cost])).toEqual(left);
});

test('positions tell the average cost, what may be sold and the lots in short', async () => {
  const { items } = await call(handlers.portfolio.positions, { portfolioId });
  // Average: 601 / 30 a unit; half of the units left take half of the cost.
  expect(items).toEqual([
    expect.objectContaining({
      symbol,
      quantity: '15',
      costBasis: '300.5',
      availableQuantity: '15',
      reservedQuantity: '0',
      currentPrice: null,
      lots: { count: 2, oldest: '2018-01-04', cost: '350' },
    }),
  ]);
});

test('the ledger comes in both orders, page by page, each transaction once', async () => {
  const walk = async (order: 'newest' | 'oldest') => {
    const ids: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null && ids.length < 100;) {
      const page = await call(handlers.portfolio.ledger, { portfolioId, order, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.items.map(({ transactionId }) => transactionId));
      cursor = page.nextCursor;
    }
    return ids;
  };
  const oldest = await walk('oldest');
  expect(oldest).toHaveLength(7);
  expect(oldest).toEqual(oldest.toSorted());
  expect(await walk('newest')).toEqual(oldest.toReversed());
});

test("another investor's lots and positions are not there, nor are those of an instrument that nobody listed; one never held has none", async () => {
  const stranger = callAs(platform, investorActor((await createUser(database)).id));
  expect(await codeOf(stranger(handlers.portfolio.lots, { portfolioId, symbol }))).toBe('NOT_FOUND');
  expect(await codeOf(stranger(handlers.portfolio.positions, { portfolioId }))).toBe('NOT_FOUND');
  expect(await codeOf(call(handlers.portfolio.lots, { portfolioId, symbol: 'NOSUCH' }))).toBe('NOT_FOUND');
  const { symbol: other } = await createInstrument(database);
  expect(await call(handlers.portfolio.lots, { portfolioId, symbol: other })).toMatchObject({
    quantity: '0',
    purchasedCost: '0',
    lots: [],
  });
  expect(await codeOf(call(handlers.portfolio.lots, { portfolioId }))).toBe('INVALID_INPUT');
});
