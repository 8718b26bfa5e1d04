import {
  callAs,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { BuiltInstrument, CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import type { ErrorCode } from '@trii/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

const { rename, setTarget, suspend, resume, close, list } = handlers.portfolio;

let database: TestDatabase;
let platform: TestPlatform;
let instrument: BuiltInstrument;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  instrument = await createInstrument(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
  call = callAs(platform, investorActor((await createUser(database)).id));
});
beforeEach(async () => {
  portfolioId = (await call(handlers.portfolio.open, { name: 'Savings', description: 'for a house', openedOn: '2018-01-02' })).id;
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const put = () => call(handlers.cash.deposit, { portfolioId, amount: '100.00', currency: 'USD', date: '2018-01-03' });
const take = () => call(handlers.cash.withdraw, { portfolioId, amount: '100.00', currency: 'USD' });
const deal = (tradeType: 'BUY' | 'SELL') =>
  call(handlers.trading.recordTrade, {
    portfolioId,
    symbol: instrument.symbol,
    tradeType,
    quantity: '1',
    price: '10.00',
    date: '2018-01-04',
  });

const refused = (attempt: () => Promise<unknown>, code: ErrorCode, details: Record<string, unknown>) =>
  expectRefusal(platform, attempt, { code, details });

describe('a portfolio', () => {
  test('gets another name; its description stays unless it is given, and goes with null', async () => {
    expect(await call(rename, { portfolioId, name: 'House' })).toMatchObject({ name: 'House', description: 'for a house' });
    expect(await call(rename, { portfolioId, name: 'House', description: null })).toMatchObject({ description: null });
    const { items } = await call(list, {});
    expect(items.find(({ id }) => id === portfolioId)).toMatchObject({ name: 'House', description: null });
  });

  test('gets a target of listed instruments that adds up to a hundred percent at most', async () => {
    const target = { [instrument.symbol]: 62.5 };
    const view = await call(setTarget, { portfolioId, allocationTarget: target, autoRebalanceEnabled: true, rebalanceThreshold: 5 });
    expect(view).toEqual({ portfolioId, allocationTarget: target, autoRebalanceEnabled: true, rebalanceThreshold: 5 });
    expect(await call(setTarget, { portfolioId, allocationTarget: target, rebalanceThreshold: null })).toMatchObject({
      autoRebalanceEnabled: true,
      rebalanceThreshold: null,
    });
    const abroad = await createInstrument(database, { currencyCode: 'EUR' });
    const mixed = { ...target, [abroad.symbol]: 10 };
    expect(await call(setTarget, { portfolioId, allocationTarget: mixed })).toMatchObject({ allocationTarget: mixed });
    const tooMuch = { [instrument.symbol]: 60, OTHER: 40.0001 };
    await refused(() => call(setTarget, { portfolioId, allocationTarget: tooMuch }), 'INVALID_INPUT', {
      issues: [{ path: 'allocationTarget', problem: 'adds up to 100.0001 percent; at most 100' }],
    });
    await refused(() => call(setTarget, { portfolioId, allocationTarget: { NOBODY: 1 } }), 'INVALID_INPUT', {
      issues: [{ path: 'allocationTarget.NOBODY', problem: 'the present symbol of an instrument' }],
    });
  });

  test('that is suspended buys nothing, and does everything else', async () => {
    await put();
    await deal('BUY');
    expect(await call(suspend, { portfolioId })).toMatchObject({ status: 'SUSPENDED' });
    expect(await call(suspend, { portfolioId })).toMatchObject({ status: 'SUSPENDED' });
    await refused(() => deal('BUY'), 'PORTFOLIO_NOT_ACTIVE', { portfolioId, status: 'SUSPENDED' });
    await deal('SELL');
    await call(handlers.cash.withdraw, { portfolioId, amount: '50.00', currency: 'USD', date: '2018-01-04' });
    expect(await call(resume, { portfolioId })).toMatchObject({ status: 'ACTIVE' });
    await deal('BUY');
  });

  test('closes only when it is flat, and then stays as it is', async () => {
    await put();
    await refused(() => call(close, { portfolioId }), 'PORTFOLIO_NOT_FLAT', { portfolioId, cash: true, holdings: 0 });
    await deal('BUY');
    await call(handlers.cash.withdraw, { portfolioId, amount: '90.00', currency: 'USD', date: '2018-01-04' });
    await refused(() => call(close, { portfolioId }), 'PORTFOLIO_NOT_FLAT', { portfolioId, cash: false, holdings: 1 });
    await deal('SELL');
    await call(handlers.cash.withdraw, { portfolioId, amount: '10.00', currency: 'USD' });
    expect(await call(close, { portfolioId })).toMatchObject({ status: 'CLOSED' });
    for (const attempt of [
      put,
      take,
      () => deal('BUY'),
      () => deal('SELL'),
      () => call(resume, { portfolioId }),
      () => call(rename, { portfolioId, name: 'x' }),
    ])
      await refused(attempt, 'PORTFOLIO_NOT_ACTIVE', { portfolioId, status: 'CLOSED' });
  });

  test('that is not the caller’s does not exist', async () => {
    const stranger = callAs(platform, investorActor((await createUser(database)).id));
    for (const operation of [suspend, resume, close])
      await refused(() => stranger(operation, { portfolioId }), 'NOT_FOUND', { portfolioId });
    await refused(() => stranger(rename, { portfolioId, name: 'Mine now' }), 'NOT_FOUND', { portfolioId });
    await call(suspend, { portfolioId });
  });

  test('that changed is told of once, and not when nothing changed', async () => {
    const events = () =>
      platform.inspect(`SELECT FROM outbox WHERE aggregate_id = $1 AND name = 'portfolio.PortfolioChanged'`, [portfolioId]);
    await call(suspend, { portfolioId });
    await call(suspend, { portfolioId });
    expect(await events()).toHaveLength(1);
  });
});
