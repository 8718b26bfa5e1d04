import {
  callAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  investorActor,
} from '@trii/testkit';
import type { BuiltInstrument, BuiltPortfolio, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { performanceHandler } from './measure-performance.ts';
import { buy, openPortfolio, valueAt, writeSnapshots } from './snapshots.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
let portfolio: BuiltPortfolio;
let instrument: BuiltInstrument;

/** 1,000 in on Tuesday 2 January 2018 for 100 shares at 10; then 11, 8.8 and 9.24: +10 %, -20 %, +5 %. */
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  instrument = await createInstrument(database);
  await createDailyBars(database, instrument.id, { '2018-01-02': '10', '2018-01-03': '11', '2018-01-04': '8.8', '2018-01-05': '9.24' });
  portfolio = await openPortfolio(database, '2018-01-02');
  await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
  await buy(database, portfolio, { instrument, quantity: '100', cost: '1000', date: '2018-01-02' });
  await valueAt(platform, '2018-01-07');
  await writeSnapshots(platform);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const measured = (input: { readonly from?: string; readonly to?: string }, userId = portfolio.userId) =>
  callAs(platform, investorActor(userId))(performanceHandler, { portfolioId: portfolio.id, ...input });

describe('analytics.performance', () => {
  // By hand, from the three days: mean -0.05/3; deviations from it 0.35/3, -0.55/3 and 0.2/3, so the variance is 0.465 / 9 / 2.
  it('answers the five figures of the period', async () => {
    const found = await measured({ from: '2018-01-03', to: '2018-01-05' });
    const deviation = Math.sqrt((0.465 / 18) * 252);
    expect(found).toEqual({
      from: '2018-01-03',
      to: '2018-01-05',
      totalReturn: expect.closeTo(1.1 * 0.8 * 1.05 - 1, 10),
      annualizedReturn: expect.closeTo((-0.05 / 3) * 252, 10),
      volatility: expect.closeTo(deviation, 10),
      sharpeRatio: expect.closeTo(((-0.05 / 3) * 252 - 0.03) / deviation, 10),
      maxDrawdown: expect.closeTo(0.2, 10),
    });
  });

  it('takes the 30 days up to the valuation date when not told', async () => {
    expect(await measured({})).toMatchObject({ from: '2017-12-08', to: '2018-01-07', totalReturn: expect.closeTo(-0.076, 10) });
    expect(await measured({ to: '2018-01-03' })).toMatchObject({ from: '2017-12-04', totalReturn: expect.closeTo(0.1, 10) });
    expect(await measured({ from: '2018-01-05' })).toMatchObject({
      to: '2018-01-07',
      totalReturn: expect.closeTo(0.05, 10),
      volatility: null,
    });
  });

  it('has nothing to say about a period without returns', async () => {
    expect(await measured({ from: '2019-01-01', to: '2019-02-01' })).toEqual({
      from: '2019-01-01',
      to: '2019-02-01',
      totalReturn: null,
      annualizedReturn: null,
      volatility: null,
      sharpeRatio: null,
      maxDrawdown: null,
    });
  });

  it("knows no portfolio of another's, and none that is not there", async () => {
    const other = await createUser(database);
    await expect(measured({}, other.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('after the nightly run the specified view shows its reader the figures of the newest session', async () => {
  const [seen] = await database.as({ role: 'authenticated_user', userId: portfolio.userId }, async (client) => {
    const { rows } = await client.query<object>(
      `SELECT total_value::float, cash_balance::float, invested_amount::float, unrealized_pnl::float, position_count::int, avg_allocation::float,
         last_position_update IS NOT NULL AS updated, positions FROM v_portfolio_summary WHERE id = $1`,
      [portfolio.id],
    );
    return rows;
  });
  expect(seen).toEqual({
    total_value: 924,
    cash_balance: 0,
    invested_amount: 1000,
    unrealized_pnl: -76,
    position_count: 1,
    avg_allocation: 100,
    updated: true,
    positions: [{ symbol: instrument.symbol, quantity: 100, current_value: 924, pnl: -76 }],
  });
});
