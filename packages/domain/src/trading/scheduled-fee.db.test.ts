import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

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

test('a trade costs what the schedule of its currency says, unless its fee is told', async () => {
  const operator = callAs(platform, operatorActor());
  await operator(handlers.platform.setValuationDate, { date: '2018-01-04' });
  const { id: userId } = await createUser(database);
  const call = callAs(platform, investorActor(userId));
  const { id: portfolioId } = await createPortfolio(database, { userId });
  const { symbol } = await createInstrument(database);
  await call(handlers.cash.deposit, { portfolioId, amount: '100000.00', currency: 'USD', date: '2018-01-02' });
  const buy = (quantity: string, given: object = {}) =>
    call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', quantity, price: '10', date: '2018-01-03', ...given });

  expect(await buy('1')).toMatchObject({ fees: '0', cashBalance: '99990' });
  const schedule = {
    currency: 'USD',
    perOrder: '1',
    tiers: [
      { upTo: '1000', percent: '0.5' },
      { upTo: null, percent: '0.1' },
    ],
    minimum: '2.50',
  };
  await operator(handlers.cash.setFeeSchedule, schedule);
  // 10.00: 1 + 0.05, so the minimum. 3,000.00: 1 + 0.5 % of 1,000 + 0.1 % of 2,000 = 8.00.
  expect(await buy('1')).toMatchObject({ fees: '2.5', cashBalance: '99977.5' });
  expect(await buy('300')).toMatchObject({ fees: '8', cashBalance: '96969.5' });
  expect(await buy('1', { fees: '0.10' })).toMatchObject({ fees: '0.1' });
  expect(await buy('1', { fees: '0' })).toMatchObject({ fees: '0' });
  expect((await call(handlers.cash.feeSchedules, {})).items).toEqual([{ ...schedule, minimum: '2.5', maximum: null }]);
  await expectRefusal(platform, () => operator(handlers.cash.setFeeSchedule, { currency: 'USD', tiers: [{ upTo: '5', percent: '1' }] }), {
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'tiers.0.upTo', problem: 'null, since the last slice has no end' }] },
  });
});
