import { newId } from '@trii/kernel';
import {
  callAs,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';

const { deposit, withdraw, quoteExchange, exchange, exchanges } = handlers.cash;
const NOW = '2018-05-25T19:00:00.000Z';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  platform.clock.set(NOW);
  operator = callAs(platform, operatorActor());
  const rates = [
    ['EUR', 'USD', '1.1699', '2018-05-25T14:15:00Z'],
    ['USD', 'JPY', '109.41', '2018-05-25T14:15:00Z'],
    ['USD', 'COP', '2878.02', '2018-05-24T18:59:59Z'],
  ] as const;
  for (const [from, to, rate, asOf] of rates) await createRate(database, { from, to, rate, asOf });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  call = callAs(platform, investorActor((await createUser(database)).id));
  ({ id: portfolioId } = await call(handlers.portfolio.open, { name: 'World', openedOn: '2018-05-25' }));
  await call(deposit, { portfolioId, amount: '1000.00', currency: 'USD' });
});

const terms = (amount: string, pair = 'USD/EUR') => {
  const [from = '', to = ''] = pair.split('/');
  return { portfolioId, from, to, amount };
};
const lines = async (transactionId: string) => {
  const { items } = await call(handlers.portfolio.ledger, { portfolioId });
  const entry = items.find((each) => each.transactionId === transactionId);
  return entry?.lines.map(({ account, asset, amount }) => `${account} ${amount} ${asset}`);
};

describe('an exchange', () => {
  // 1 / 1.1699 = 0.854773912300196597...; 500 of it 427.38695615; half a percent 2.13693478; 425.25002137.
  test('brings what the quote said: the market amount, less the spread, down to whole cents', async () => {
    const quoted = await call(quoteExchange, terms('500.00'));
    expect(quoted).toEqual({
      portfolioId,
      from: 'USD',
      to: 'EUR',
      amount: '500',
      receives: '425.25',
      marketAmount: '427.38695615',
      spreadBps: '50',
      spread: '2.13693478',
      remainder: '0.00002137',
      rate: {
        from: 'USD',
        to: 'EUR',
        rate: '0.854773912300196598',
        asOf: '2018-05-25T14:15:00.000Z',
        isStale: false,
        path: 'inverse',
        legs: [{ from: 'EUR', to: 'USD', rate: '1.1699', asOf: '2018-05-25T14:15:00.000Z', source: 'test' }],
      },
      validUntil: '2018-05-26T14:15:00.000Z',
    });
    const done = await call(exchange, { ...terms('500.00'), atLeast: quoted.receives });
    const { transactionId } = done;
    expect(done).toEqual({ ...quoted, transactionId, date: '2018-05-25', fromCashBalance: '500', toCashBalance: '425.25' });
    expect(await lines(transactionId)).toEqual([
      'cash -500 USD',
      'trading 500 USD',
      'trading -427.38695615 EUR',
      'cash 425.25 EUR',
      'fees 2.13693478 EUR',
      'fees 0.00002137 EUR',
    ]);
    expect((await call(exchanges, { portfolioId })).items).toMatchObject([
      {
        transactionId,
        amount: '500',
        receives: '425.25',
        spread: '2.13693478',
        remainder: '0.00002137',
        rate: { path: 'inverse' },
        reversedBy: null,
      },
    ]);
  });

  test('pays a currency without a smaller unit in whole ones', async () => {
    // 10.01 x 109.41 = 1095.1941, of which half a percent is 5.4759705.
    const done = await call(exchange, { ...terms('10.01', 'USD/JPY'), atLeast: '1000' });
    expect(done).toMatchObject({ receives: '1089', spread: '5.4759705', remainder: '0.7181295', toCashBalance: '1089' });
  });

  test('that is sent twice under one key is made once', async () => {
    const key = newId();
    const first = await call(exchange, { ...terms('100'), atLeast: '80' }, key);
    expect(await call(exchange, { ...terms('100'), atLeast: '80' }, key)).toEqual(first);
    expect((await call(exchanges, { portfolioId })).items).toHaveLength(1);
  });

  test('is taken back line by line, while what it brought is still there', async () => {
    const { transactionId } = await call(exchange, { ...terms('100'), atLeast: '80' });
    const reverse = () => call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'a mistake' });
    await call(withdraw, { portfolioId, amount: '85.04', currency: 'EUR' });
    await expect(reverse()).rejects.toMatchObject({ code: 'INSUFFICIENT_CASH', details: { currency: 'EUR', available: '0.01' } });
    await call(deposit, { portfolioId, amount: '85.04', currency: 'EUR' });
    expect(await reverse()).toMatchObject({ cashBalance: '1000' });
    expect((await call(exchanges, { portfolioId })).items).toMatchObject([{ reversedBy: expect.any(String) as string }]);
    await expect(call(withdraw, { portfolioId, amount: '0.01', currency: 'EUR' })).rejects.toMatchObject({ details: { available: '0' } });
  });

  test('there and back loses exactly the spreads and the remainders, valued at the rate', async () => {
    await operator(handlers.market.setRatePolicy, { spreadBps: '37.5' });
    const there = await call(exchange, { ...terms('777.77'), atLeast: '1' });
    const back = await call(exchange, { ...terms(there.receives, 'EUR/USD'), atLeast: '1' });
    await operator(handlers.market.setRatePolicy, { spreadBps: '50' });
    // In integers of 1e-8: what is left of the dollars, plus what was taken of them, is what the euros were worth, cut to eight digits.
    const parts = (text: string): bigint =>
      BigInt(text.replace(/^(\d+)(?:\.(\d+))?$/, (_, whole: string, rest = '') => whole + String(rest).padEnd(8, '0')));
    const euros = parts(there.receives) + parts(there.spread) + parts(there.remainder);
    expect(euros).toBe((77_777_000_000n * 10_000n) / 11_699n);
    const dollars = parts(back.receives) + parts(back.spread) + parts(back.remainder);
    expect(dollars).toBe((parts(there.receives) * 11_699n) / 10_000n);
    expect(parts(back.toCashBalance)).toBe(100_000_000_000n - 77_777_000_000n + parts(back.receives));
    expect(back.fromCashBalance).toBe('0');
  });

  test('leaves books that the check of the ledger agrees with', async () => {
    await call(exchange, { ...terms('333.33', 'USD/JPY'), atLeast: '1' });
    const checked = await platform.executor.batch(systemHandlers.portfolio.checkLedger, {
      actor: systemActor('test'),
      origin: localOrigin(newId()),
      input: { runKey: newId() },
    });
    expect(checked.differences).toBe(0);
  });
});

describe('an exchange is refused, and only the audit knows of it', () => {
  const refused = (
    attempt: Parameters<typeof expectRefusal>[1],
    code: Parameters<typeof expectRefusal>[2]['code'],
    details: Record<string, unknown>,
  ) => expectRefusal(platform, attempt, { code, details });

  test('when the newest rate brings less than was agreed to', () =>
    refused(() => call(exchange, { ...terms('500'), atLeast: '425.26' }), 'EXCHANGE_BELOW_LIMIT', {
      atLeast: '425.26',
      amount: '425.25',
      currency: 'EUR',
      asOf: '2018-05-25T14:15:00.000Z',
    }));

  test('when the rate is older than the platform takes, naming pair, moment and age', () =>
    refused(() => call(exchange, { ...terms('500', 'USD/COP'), atLeast: '1' }), 'FX_RATE_STALE', {
      from: 'USD',
      to: 'COP',
      at: NOW,
      asOf: '2018-05-24T18:59:59.000Z',
      ageHoursMax: 24,
    }));

  test('when there is no rate', () =>
    refused(() => call(exchange, { ...terms('500', 'USD/GBP'), atLeast: '1' }), 'FX_RATE_MISSING', { from: 'USD', to: 'GBP', at: NOW }));

  test('when the cash is not there', () =>
    refused(() => call(exchange, { ...terms('0.01', 'EUR/USD'), atLeast: '0.01' }), 'INSUFFICIENT_CASH', {
      amount: '0.01',
      currency: 'EUR',
      available: '0',
    }));

  test.each([
    ['to', terms('1', 'USD/USD'), 'another currency than `from`'],
    ['from', terms('1', 'XAU/USD'), 'an active currency of ISO 4217 such as "USD"'],
    ['amount', terms('0.001'), 'USD has at most 2 digits after the point'],
    ['amount', terms('1', 'JPY/USD'), 'brings less than the smallest unit of USD'],
  ])('when %s is wrong: %j', (path, wrong, problem) =>
    refused(() => call(exchange, { ...wrong, portfolioId, atLeast: '0.01' }), 'INVALID_INPUT', { issues: [{ path, problem }] }),
  );

  test('when what it brings would outgrow the books', async () => {
    await call(deposit, { portfolioId, amount: '999999999999', currency: 'EUR' });
    await refused(() => call(exchange, { ...terms('500'), atLeast: '1' }), 'INVALID_INPUT', {
      issues: [{ path: 'amount', problem: 'the cash balance would exceed 999999999999.99999999' }],
    });
  });

  test('on a day before the portfolio', async () => {
    platform.clock.set('2018-05-24T19:00:00.000Z');
    try {
      // An earlier clock than that of the audit before: its order says nothing here.
      await expect(call(exchange, { ...terms('500', 'USD/COP'), atLeast: '1' })).rejects.toMatchObject({
        code: 'DATE_BEFORE_OPENING',
        details: { date: '2018-05-24', openedOn: '2018-05-25' },
      });
    } finally {
      platform.clock.set(NOW);
    }
  });

  test("in another's portfolio, which has no quote either", async () => {
    const stranger = callAs(platform, investorActor((await createUser(database)).id));
    await refused(() => stranger(exchange, { ...terms('1'), atLeast: '0.01' }), 'NOT_FOUND', { portfolioId });
    await expect(stranger(quoteExchange, terms('1'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(stranger(exchanges, { portfolioId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('of exchanges at once of all there is exactly one is made', async () => {
  const all = () => call(exchange, { ...terms('1000'), atLeast: '1' });
  const results = await Promise.allSettled(Array.from({ length: 10 }, all));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
