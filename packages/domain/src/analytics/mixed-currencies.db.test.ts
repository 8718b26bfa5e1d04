import { decimal, newId, seededRandom, toFixedString } from '@trii/kernel';
import {
  callAs,
  createDailyBars,
  createInstrument,
  createPortfolio,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  post,
  type BuiltPortfolio,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';
import { localOrigin, systemActor } from '../platform/index.ts';
import { sessionsOf, snapshotsOf, valueAt, writeSnapshots } from './snapshots.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
let portfolio: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  for (const table of ['fx_rates', 'portfolio_snapshots', 'deliveries', 'outbox']) await platform.inspect(`DELETE FROM ${table}`);
  await platform.inspect('UPDATE portfolios SET snapshots_dirty_from = NULL, last_entry_date = NULL');
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id, baseCurrency: 'COP' });
});

const pay = (asset: string, amount: string, date: string) =>
  post(database, {
    portfolio,
    kind: 'DEPOSIT',
    date,
    lines: [
      { account: 'cash', asset, amount },
      { account: 'external', asset, amount: `-${amount}` },
    ],
  });
const enter = (pair: string, value: string, asOf: string) => {
  const [from = '', to = ''] = pair.split('/');
  return createRate(database, { from, to, rate: value, asOf });
};
const summary = () => callAs(platform, investorActor(portfolio.userId))(handlers.portfolio.summary, { portfolioId: portfolio.id });

/** What a statement of its own says that the portfolio is worth at a moment: every balance and holding times the newest price, by the newest rate of each pair. */
const SECOND_METHOD = `
  WITH one_rate AS (
    SELECT c.code, c.code = 'COP' AS is_base,
      (SELECT rate FROM fx_rates WHERE base_currency = c.code AND quote_currency = 'COP' AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) AS direct,
      (SELECT rate FROM fx_rates WHERE base_currency = c.code AND quote_currency = 'USD' AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) AS to_usd,
      (SELECT rate FROM fx_rates WHERE base_currency = 'USD' AND quote_currency = c.code AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) AS of_usd,
      (SELECT rate FROM fx_rates WHERE base_currency = 'USD' AND quote_currency = 'COP' AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) AS usd
    FROM unnest(ARRAY['COP', 'USD', 'EUR', 'JPY']) AS c (code)
  ), rates AS (
    SELECT code, CASE WHEN is_base THEN 1 WHEN direct IS NOT NULL THEN direct WHEN to_usd IS NOT NULL THEN to_usd * usd ELSE usd / of_usd::numeric(40,30) END AS rate FROM one_rate
  ), lines AS (
    SELECT COALESCE(l.currency_code, i.currency_code)::text AS code, l.amount * COALESCE(
      (SELECT close FROM daily_bars b WHERE b.instrument_id = l.instrument_id AND b.session_date <= $3::date ORDER BY session_date DESC LIMIT 1), 1) AS worth
    FROM postings l LEFT JOIN instruments i ON i.id = l.instrument_id
    WHERE l.portfolio_id = $1 AND l.account IN ('cash', 'reserved', 'holding') AND l.effective_date <= $3::date
  )
  SELECT sum(worth * rate) AS value FROM lines JOIN rates USING (code)`;

describe('a portfolio in pesos with dollars, euros, yen and a share in dollars', () => {
  const sessions = sessionsOf('2018-01-02', '2018-01-12');
  const closeOf = (date: string): string => `${date}T21:00:00Z`;

  async function mixed() {
    const random = seededRandom(7);
    const instrument = await createInstrument(database, { currencyCode: 'USD' });
    const price = () => `${random.integer(90, 120)}.${String(random.integer(0, 9999)).padStart(4, '0')}`;
    await createDailyBars(database, instrument.id, Object.fromEntries(sessions.map((date) => [date, price()])));
    for (const date of sessions) {
      await enter('USD/COP', `${random.integer(2800, 3000)}.${random.integer(10, 99)}`, `${date}T14:00:00Z`);
      await enter('EUR/USD', `1.${random.integer(1800, 2400)}`, `${date}T15:00:00Z`);
      await enter('USD/JPY', `11${random.integer(0, 9)}.${random.integer(10, 99)}`, `${date}T16:00:00Z`);
      await enter('USD/COP', '1', `${date}T22:00:00Z`); // after the close: nobody may take it for this session
      await platform.inspect(`DELETE FROM fx_rates WHERE rate = 1 AND as_of < $1::timestamptz`, [`${date}T22:00:00Z`]);
    }
    await pay('COP', '1000000', '2018-01-02');
    await pay('USD', '5000.25', '2018-01-02');
    await pay('EUR', '777.77', '2018-01-03');
    await pay('JPY', '90001', '2018-01-05');
    await post(database, {
      portfolio,
      kind: 'BUY',
      date: '2018-01-04',
      lines: [
        { account: 'cash', asset: 'USD', amount: '-1000' },
        { account: 'trading', asset: 'USD', amount: '1000' },
        { account: 'trading', asset: instrument.id, amount: '-9.5' },
        { account: 'holding', asset: instrument.id, amount: '9.5', costBasis: '2900000' },
      ],
    });
  }

  it('is worth what a second method says, in the summary and in every snapshot', async () => {
    await mixed();
    await valueAt(platform, '2018-01-12');
    await writeSnapshots(platform);
    const days = await snapshotsOf(platform, portfolio.id);
    expect(days.map(({ date }) => date)).toEqual(sessions);
    for (const { date, total_value, is_stale } of days) {
      const [second] = await platform.inspect<{ value: string }>(SECOND_METHOD, [portfolio.id, closeOf(String(date)), date]);
      // Each of at most four values is rounded to eight digits, and a derived rate to eighteen.
      expect(Math.abs(Number(decimal(String(total_value)).minus(decimal(second?.value.slice(0, 40) ?? '0')))), String(date)).toBeLessThan(
        1e-7,
      );
      expect(is_stale).toBe(false);
    }
    const view = await summary();
    expect(toFixedString(decimal(view.totalValue ?? '0'), { scale: 8, rounding: 'half-even' })).toBe(days.at(-1)?.['total_value']);
    expect(view.otherCash.map(({ currency, available }) => [currency, available])).toEqual([
      ['EUR', '777.77'],
      ['JPY', '90001'],
      ['USD', '4000.25'],
    ]);
    expect(view.rates.map(({ from, to, path, asOf, isStale }) => [from, to, path, asOf, isStale])).toEqual([
      ['EUR', 'COP', 'cross', '2018-01-12T14:00:00.000Z', false],
      ['JPY', 'COP', 'cross', '2018-01-12T14:00:00.000Z', false],
      ['USD', 'COP', 'direct', '2018-01-12T14:00:00.000Z', false],
    ]);
    const { items } = await callAs(platform, investorActor(portfolio.userId))(handlers.portfolio.history, { portfolioId: portfolio.id });
    expect(
      items
        .at(-1)
        ?.rates.map(({ from, to, asOf }) => [from, to, asOf])
        .toSorted(),
    ).toEqual(view.rates.map(({ from, to, asOf }) => [from, to, asOf]));
  });
});

it('is read about only where there is something in another currency', async () => {
  const texts: string[] = [];
  const watched = await createTestPlatform(database, { onStatement: ({ text }) => texts.push(text) });
  await pay('COP', '10', '2018-01-02');
  await valueAt(platform, '2018-01-03');
  const read = () => callAs(watched, investorActor(portfolio.userId))(handlers.portfolio.summary, { portfolioId: portfolio.id });
  await read();
  // The valuation date, and everything else in one statement.
  expect(texts).toHaveLength(2);
  expect(texts.join(' ')).not.toContain('fx_rates');
  await pay('USD', '10', '2018-01-02');
  await read();
  expect(texts.slice(2)).toHaveLength(3);
  await watched.close();
});

describe('a rate that gets old', () => {
  // Friday's rate, of the close, is four days old at Tuesday's and still taken; on Wednesday it is older.
  it('marks the sessions beyond the bound as stale, with the last rate and no return, until a new one comes', async () => {
    await enter('USD/COP', '3000', '2018-01-05T21:00:00Z');
    await pay('USD', '10', '2018-01-05');
    await enter('USD/COP', '3300', '2018-01-11T20:00:00Z');
    await valueAt(platform, '2018-01-11');
    await writeSnapshots(platform);
    const days = await snapshotsOf(platform, portfolio.id);
    expect(days.slice(3).map((day) => [day['date'], Number(day['total_value']), day['is_stale'], day['daily_return']])).toEqual([
      ['2018-01-05', 30000, false, '0.00000000'],
      ['2018-01-08', 30000, false, '0.00000000'],
      ['2018-01-09', 30000, false, '0.00000000'],
      ['2018-01-10', 30000, true, null],
      ['2018-01-11', 33000, false, '0.10000000'],
    ]);
    await valueAt(platform, '2018-01-10');
    expect(await summary()).toMatchObject({ totalValue: '30000', rates: [{ isStale: true, asOf: '2018-01-05T21:00:00.000Z' }] });
  });

  it('or is missing altogether stops the snapshots and leaves the summary without a value, naming pair and moment', async () => {
    await pay('EUR', '10', '2018-01-04');
    await valueAt(platform, '2018-01-05');
    expect(await writeSnapshots(platform)).toMatchObject({ snapshots: 2, failed: 1 });
    const blocked = await platform.inspect<{ payload: unknown }>(`SELECT payload FROM outbox WHERE name = 'analytics.SnapshotsBlocked'`);
    expect(blocked).toMatchObject([{ payload: { date: '2018-01-04', reason: 'FX_RATE_MISSING', asset: 'EUR' } }]);
    expect(await summary()).toMatchObject({
      totalValue: null,
      otherCash: [{ currency: 'EUR', available: '10', value: null }],
      missingRates: [{ from: 'EUR', to: 'COP', at: '2018-01-05T21:00:00.000Z' }],
    });
  });
});

describe('rates that come late', () => {
  const reopened = async () => {
    const [event] = await platform.inspect<{ payload: unknown }>(
      `SELECT payload FROM outbox WHERE name = 'market.RatesSet' ORDER BY sequence DESC LIMIT 1`,
    );
    const call = { actor: systemActor('test'), origin: localOrigin(newId()), input: event?.payload };
    return platform.executor.batch(systemHandlers.analytics.reopenForRates, call);
  };
  const set = (from: string, to: string, asOf: string) =>
    callAs(platform, operatorActor())(handlers.market.setRates, { source: 'late', rates: [{ from, to, rate: '3500', asOf }] });

  it('put what they value out of date from their day on, and nothing else', async () => {
    await enter('USD/COP', '3000', '2018-01-02T14:00:00Z');
    await pay('USD', '10', '2018-01-02');
    await valueAt(platform, '2018-01-05');
    await writeSnapshots(platform);
    await set('EUR', 'COP', '2018-01-03T12:00:00Z');
    expect(await reopened()).toEqual({ portfolios: 0 });
    await set('USD', 'COP', '2018-01-05T21:00:01Z');
    expect(await reopened()).toEqual({ portfolios: 0 });
    await set('USD', 'COP', '2018-01-04T12:00:00Z');
    expect(await reopened()).toEqual({ portfolios: 1 });
    await writeSnapshots(platform);
    expect((await snapshotsOf(platform, portfolio.id)).map((day) => Number(day['total_value']))).toEqual([30000, 30000, 35000, 35000]);
  });
});
