import { newId } from '@trii/kernel';
import {
  callAs,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let operator: CallAs;
let portfolioId: string;
let bankAccountId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  const { id: userId } = await createUser(database);
  call = callAs(platform, investorActor(userId));
  ({ id: portfolioId } = await createPortfolio(database, { userId }));
  ({ id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' }));
  await on('2018-01-15');
});

const on = (date: string) => operator(handlers.platform.setValuationDate, { date });
const plan = (given: object = {}) =>
  call(handlers.cash.planDeposit, {
    portfolioId,
    bankAccountId,
    amount: '100.00',
    currency: 'USD',
    every: 'MONTHLY',
    startsOn: '2018-01-31',
    ...given,
  });
const change = (planId: string, status: 'ACTIVE' | 'PAUSED' | 'ENDED') =>
  call(handlers.cash.changeDepositPlan, { portfolioId, planId, status });
const standing = async () => (await call(handlers.cash.depositPlans, { portfolioId })).items[0];
const announced = async () => (await call(handlers.cash.payments, { portfolioId })).items.length;
const run = () =>
  platform.executor.batch(systemHandlers.cash.runDepositPlans, {
    actor: systemActor('test'),
    origin: localOrigin(newId()),
    input: { runKey: newId() },
  });

test('announces a deposit on each of its days, once, and misses none of them', async () => {
  await plan();
  expect(await run()).toEqual({ announced: 0, problems: 0 });
  await on('2018-01-31');
  const runs = await Promise.all([run(), run(), run()]);
  expect(runs.reduce((sum, each) => sum + each.announced, 0)).toBe(1);
  expect(await standing()).toMatchObject({ nextOn: '2018-02-28', status: 'ACTIVE', problem: null });
  const { items } = await call(handlers.cash.payments, { portfolioId });
  expect(items).toMatchObject([{ direction: 'DEPOSIT', status: 'PENDING', amount: '100', bankAccountId }]);
  // Nobody was there in February and March: one payment makes up for both.
  await on('2018-04-10');
  expect(await run()).toEqual({ announced: 1, problems: 0 });
  expect(await standing()).toMatchObject({ nextOn: '2018-04-30' });
  expect(await announced()).toBe(2);
});

test('rests in a pause, goes on with its next day, and ends with its last', async () => {
  const { id } = await plan({ every: 'WEEKLY', startsOn: '2018-01-15', endsOn: '2018-02-12' });
  await change(id, 'PAUSED');
  await on('2018-01-30');
  expect(await run()).toEqual({ announced: 0, problems: 0 });
  expect(await change(id, 'ACTIVE')).toMatchObject({ nextOn: '2018-02-05' });
  await on('2018-02-05');
  expect(await run()).toEqual({ announced: 1, problems: 0 });
  // Its last day is one of its days.
  expect(await standing()).toMatchObject({ status: 'ACTIVE', nextOn: '2018-02-12' });
  await on('2018-02-12');
  expect(await run()).toEqual({ announced: 1, problems: 0 });
  expect(await standing()).toMatchObject({ status: 'ENDED' });
  await expectRefusal(platform, () => change(id, 'ACTIVE'), { code: 'PLAN_ENDED', details: { planId: id } });
});

test('tells why a day could not be, and tries the next', async () => {
  await plan({ startsOn: '2018-01-15' });
  await call(handlers.cash.unlinkBankAccount, { bankAccountId });
  expect(await run()).toEqual({ announced: 0, problems: 1 });
  expect(await standing()).toMatchObject({ problem: 'NOT_FOUND', nextOn: '2018-02-15', status: 'ACTIVE' });
  expect(await announced()).toBe(0);
});

test('is refused before today, with an end before its start, and to another investor', async () => {
  await expectRefusal(platform, () => plan({ startsOn: '2018-01-14' }), {
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'startsOn', problem: '2018-01-15 or later' }] },
  });
  await expectRefusal(platform, () => plan({ endsOn: '2018-01-30' }), {
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'endsOn', problem: 'not before startsOn' }] },
  });
  const other = callAs(platform, investorActor((await createUser(database)).id));
  const { id: planId } = await plan();
  await expectRefusal(platform, () => other(handlers.cash.changeDepositPlan, { portfolioId, planId, status: 'ENDED' }), {
    code: 'NOT_FOUND',
    details: { portfolioId },
  });
});
