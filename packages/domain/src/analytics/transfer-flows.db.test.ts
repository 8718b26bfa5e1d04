import { parseLocalDate } from '@trii/kernel';
import {
  callAs,
  createDailyBars,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  investorActor,
} from '@trii/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { handlers } from '../handlers.ts';
import { openPortfolio, snapshotsOf, valueAt, writeSnapshots } from './snapshots.fixture.ts';

test('units in kind and cash that move between own portfolios are flows at their market value to the snapshots of both portfolios', async () => {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  onTestFinished(async () => {
    await platform.close();
    await database.close();
  });
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, { '2018-01-02': '50', '2018-01-03': '60', '2018-01-04': '66' });
  await valueAt(platform, parseLocalDate('2018-01-04'));
  const { id: from, userId } = await openPortfolio(database, parseLocalDate('2018-01-02'));
  const { id: to } = await createPortfolio(database, { userId });
  const call = callAs(platform, investorActor(userId));
  const between = { fromPortfolioId: from, toPortfolioId: to, date: '2018-01-04' };
  await call(handlers.cash.deposit, { portfolioId: from, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
  await call(handlers.cash.deposit, { portfolioId: to, amount: '200.00', currency: 'USD', date: '2018-01-02' });
  await call(handlers.trading.recordTrade, {
    portfolioId: from,
    symbol,
    tradeType: 'BUY',
    quantity: '10',
    price: '50.00',
    fees: '0.00',
    date: '2018-01-02',
  });
  await call(handlers.portfolio.transferHolding, { ...between, symbol, quantity: '4' });
  await call(handlers.cash.transfer, { ...between, amount: '100.00', currency: 'USD' });
  await writeSnapshots(platform);
  const days = async (portfolioId: string) =>
    (await snapshotsOf(platform, portfolioId)).map((day) => [
      day['date'],
      Number(day['total_value']),
      Number(day['inflow']),
      Number(day['outflow']),
      Number(day['daily_return']).toFixed(4),
    ]);
  // 500 in cash and 10 units at 50, 60 and 66. On the last day 4 x 66 + 100 = 364 leave: (400 + 6 x 66 + 364) / 1100 - 1 = 60 / 1100.
  expect(await days(from)).toEqual([
    ['2018-01-02', 1000, 1000, 0, '0.0000'],
    ['2018-01-03', 1100, 0, 0, '0.1000'],
    ['2018-01-04', 796, 0, 364, '0.0545'],
  ]);
  // The other has no return of its own: 200 + 364 are worth 564.
  expect((await days(to)).at(-1)).toEqual(['2018-01-04', 564, 364, 0, '0.0000']);
});
