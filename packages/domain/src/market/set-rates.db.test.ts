import { market } from '@trii/contract';
import { callAs, createTestDatabase, createTestPlatform, createUser, expectRefusal, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;
let investor: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
  investor = callAs(platform, investorActor((await createUser(database)).id));
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  await platform.inspect('DELETE FROM fx_rates');
  await platform.inspect('DELETE FROM deliveries');
  await platform.inspect('DELETE FROM outbox');
});

const rate = (pair: string, value: string, asOf = '2018-01-02T12:00:00Z') => {
  const [from = '', to = ''] = pair.split('/');
  return { from, to, rate: value, asOf };
};
const set = (...rates: ReturnType<typeof rate>[]) => operator(handlers.market.setRates, { source: 'test', rates });
const events = () =>
  platform.inspect<{ payload: { changes: unknown } }>('SELECT payload FROM outbox WHERE name = $1', [market.RatesSet.name]);

describe('market.setRates', () => {
  test('enters, mends and leaves as it is, and says which pairs are other ones since when', async () => {
    const monday = rate('USD/COP', '2984', '2018-01-01T00:00:00Z');
    expect(await set(monday, rate('USD/COP', '2936.10'), rate('EUR/USD', '1.2065'))).toEqual({
      inserted: 3,
      corrected: 0,
      unchanged: 0,
    });
    expect(await set(monday, rate('USD/COP', '2936.11'))).toEqual({ inserted: 0, corrected: 1, unchanged: 1 });
    expect(await set(monday)).toEqual({ inserted: 0, corrected: 0, unchanged: 1 });
    expect((await events()).map(({ payload }) => payload.changes)).toEqual([
      expect.arrayContaining([
        { from: 'USD', to: 'COP', since: '2018-01-01T00:00:00.000Z' },
        { from: 'EUR', to: 'USD', since: '2018-01-02T12:00:00.000Z' },
      ]),
      [{ from: 'USD', to: 'COP', since: '2018-01-02T12:00:00.000Z' }],
    ]);
    expect(await investor(handlers.market.rate, { from: 'USD', to: 'COP', at: '2018-01-02T11:59:59Z' })).toMatchObject({ rate: '2984' });
  });

  test.each([
    ['rates.0.from', rate('XAU/USD', '1300')],
    ['rates.0.to', rate('USD/ABC', '1')],
    ['rates.0.to', rate('USD/USD', '1')],
    ['rates.0.asOf', rate('EUR/USD', '1.2', '2999-01-01T00:00:00Z')],
  ])('refuses with the field %s, and enters nothing', async (path, wrong) => {
    const expected = { code: 'INVALID_INPUT', details: { issues: [{ path, problem: expect.any(String) as string }] } } as const;
    await expectRefusal(platform, () => set(wrong, rate('EUR/USD', '1.2')), expected);
    expect(await platform.inspect('SELECT FROM fx_rates')).toEqual([]);
  });

  test('refuses two rates of one pair at one time, however the time is written', async () => {
    const call = set(rate('EUR/USD', '1.2', '2018-01-02T12:00:00Z'), rate('EUR/USD', '1.3', '2018-01-02T12:00:00.000Z'));
    await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path: 'rates.1.asOf' }] } });
  });
});

describe('market.rate', () => {
  test('names what a rate was worked out from, and how old that is', async () => {
    await set(rate('EUR/USD', '1.25', '2018-01-01T00:00:00Z'), rate('USD/COP', '3000'));
    expect(await investor(handlers.market.rate, { from: 'EUR', to: 'COP', at: '2018-01-04T00:00:00Z' })).toEqual({
      from: 'EUR',
      to: 'COP',
      rate: '3750',
      asOf: '2018-01-01T00:00:00.000Z',
      isStale: false,
      path: 'cross',
      legs: [
        { from: 'EUR', to: 'USD', rate: '1.25', asOf: '2018-01-01T00:00:00.000Z', source: 'test' },
        { from: 'USD', to: 'COP', rate: '3000', asOf: '2018-01-02T12:00:00.000Z', source: 'test' },
      ],
    });
    // Four days of hours later by the platform's setting, and a millisecond.
    expect(await investor(handlers.market.rate, { from: 'EUR', to: 'COP', at: '2018-01-05T00:00:00.001Z' })).toMatchObject({
      isStale: true,
    });
  });

  test('fails by naming the pair and the moment where there was none yet', async () => {
    await set(rate('EUR/USD', '1.25'));
    const before = investor(handlers.market.rate, { from: 'EUR', to: 'USD', at: '2018-01-02T11:00:00Z' });
    await expect(before).rejects.toMatchObject({
      code: 'FX_RATE_MISSING',
      details: { from: 'EUR', to: 'USD', at: '2018-01-02T11:00:00.000Z' },
    });
  });

  test('is of the valuation date with its session closed when no moment is named', async () => {
    await operator(handlers.platform.setValuationDate, { date: '2018-01-03' });
    await set(rate('EUR/USD', '1.2', '2018-01-03T20:59:00Z'), rate('EUR/USD', '1.3', '2018-01-03T21:00:01Z'));
    expect(await investor(handlers.market.rate, { from: 'EUR', to: 'USD' })).toMatchObject({ rate: '1.2' });
    await operator(handlers.platform.setValuationDate, { date: '2018-01-06' }); // a Saturday
    expect(await investor(handlers.market.rate, { from: 'EUR', to: 'USD' })).toMatchObject({ rate: '1.3' });
  });
});

test('market.rates lists the newest of each pair at a moment', async () => {
  await set(
    rate('USD/COP', '1'),
    rate('USD/COP', '2', '2018-01-03T00:00:00Z'),
    rate('EUR/USD', '3'),
    rate('GBP/USD', '4', '2018-02-01T00:00:00Z'),
  );
  const { items } = await investor(handlers.market.rates, { at: '2018-01-31T00:00:00Z' });
  expect(items.map((each) => `${each.from}/${each.to} ${each.rate}`)).toEqual(['EUR/USD 3', 'USD/COP 2']);
});

test('market.setRatePolicy changes what is given, by an operator alone', async () => {
  const policy = { pivotCurrency: 'USD', valuationAgeHoursMax: 96, exchangeAgeHoursMax: 24, spreadBps: '50', spreads: [] };
  expect(await investor(handlers.market.ratePolicy, {})).toEqual(policy);
  expect(await operator(handlers.market.setRatePolicy, { spreadBps: '12.5', exchangeAgeHoursMax: 1 })).toEqual({
    ...policy,
    spreadBps: '12.5',
    exchangeAgeHoursMax: 1,
  });
  await expect(operator(handlers.market.setRatePolicy, { pivotCurrency: 'XXX' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(investor(handlers.market.setRatePolicy, { spreadBps: '0' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
