import { callAs, createTestDatabase, createTestPlatform, createUser, expectRefusal, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';
import { systemActor } from '../platform/index.ts';
import type { PublishedRates } from './ports.ts';
import { pullRatesHandler } from './pull-rates.ts';

const ASKED = '2018-05-25T14:15:00.000Z';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  platform.clock.set(ASKED);
  operator = callAs(platform, operatorActor());
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const published: PublishedRates = {
  source: 'European Central Bank',
  asOf: '2018-05-25T13:30:00.000Z',
  rates: [
    { from: 'EUR', to: 'USD', rate: '1.1675' },
    { from: 'EUR', to: 'JPY', rate: '127.64' },
    { from: 'EUR', to: 'HRK', rate: '7.39' },
  ],
};
const pull = (latest: () => Promise<PublishedRates>) => callAs(platform, systemActor('test'))(pullRatesHandler({ latest }), {});
const given = (changes: Partial<PublishedRates> = {}) => pull(() => Promise.resolve({ ...published, ...changes }));

test('what a source publishes is entered once, corrected when it says otherwise, and shown with its name', async () => {
  const { source, asOf } = published;
  expect(await given()).toEqual({ source, asOf, inserted: 2, corrected: 0, unchanged: 0, skipped: 1 });
  expect(await given()).toEqual({ source, asOf, inserted: 0, corrected: 0, unchanged: 2, skipped: 1 });
  const rates = [{ from: 'EUR', to: 'USD', rate: '1.1676' }];
  expect(await given({ rates })).toEqual({ source, asOf, inserted: 0, corrected: 1, unchanged: 0, skipped: 0 });
  const { items } = await operator(handlers.market.rates, { at: ASKED });
  expect(items).toEqual([
    { from: 'EUR', to: 'JPY', rate: '127.64', asOf, source },
    { from: 'EUR', to: 'USD', rate: '1.1676', asOf, source },
  ]);
});

test('a source that went silent or speaks of days long gone is told by name, and what is known stays', async () => {
  await expect(given({ asOf: '2018-05-21T14:14:59.000Z', rates: [{ from: 'EUR', to: 'USD', rate: '9' }] })).rejects.toMatchObject({
    code: 'RATE_SOURCE_STALE',
    details: { source: published.source, asOf: '2018-05-21T14:14:59.000Z', ageHoursMax: 96 },
  });
  expect(await given({ asOf: '2018-05-21T14:15:00.000Z' })).toMatchObject({ inserted: 2 });
  await expect(given({ asOf: '2018-05-25T14:15:01.000Z' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(pull(() => Promise.reject(new Error('away')))).rejects.toMatchObject({ code: 'INTERNAL' });
  expect((await operator(handlers.market.rate, { from: 'EUR', to: 'USD' })).rate).toBe('1.1676');
});

test('a pair with a spread of its own costs that, either way round, until it costs what others cost again', async () => {
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'World', openedOn: '2018-05-25' });
  const costs = async (from: string, to: string) =>
    (await call(handlers.cash.quoteExchange, { portfolioId, from, to, amount: '1000' })).spreadBps;
  const set = (spreadBps: string | null, from = 'USD', to = 'EUR') => operator(handlers.market.setSpread, { from, to, spreadBps });
  expect(await costs('USD', 'EUR')).toBe('50');
  expect(await set('12.5')).toEqual({ spreads: [{ from: 'EUR', to: 'USD', spreadBps: '12.5' }] });
  expect([await costs('USD', 'EUR'), await costs('EUR', 'USD'), await costs('EUR', 'JPY')]).toEqual(['12.5', '12.5', '50']);
  expect(await set('0', 'EUR', 'USD')).toEqual({ spreads: [{ from: 'EUR', to: 'USD', spreadBps: '0' }] });
  expect(await call(handlers.cash.quoteExchange, { portfolioId, from: 'EUR', to: 'USD', amount: '1000' })).toMatchObject({
    spread: '0',
    receives: '1167.6',
  });
  expect((await operator(handlers.market.ratePolicy, {})).spreads).toEqual([{ from: 'EUR', to: 'USD', spreadBps: '0' }]);
  expect(await set(null)).toEqual({ spreads: [] });
  expect(await costs('USD', 'EUR')).toBe('50');
  const wrong = (path: string, problem: string) => ({ code: 'INVALID_INPUT', details: { issues: [{ path, problem }] } }) as const;
  await expectRefusal(platform, () => set('1', 'XAU'), wrong('from', 'an active currency of ISO 4217 such as "USD"'));
  await expectRefusal(platform, () => set('1', 'USD', 'USD'), wrong('to', 'another currency than `from`'));
});
