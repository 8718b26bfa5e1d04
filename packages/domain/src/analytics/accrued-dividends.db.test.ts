import { newId, type LocalDate } from '@trii/kernel';
import {
  callAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  deposit,
  investorActor,
  operatorActor,
  throwSnapshotsAway,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { market } from '@trii/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';
import { localOrigin, systemActor } from '../platform/index.ts';
import { buy, openPortfolio, shardOf, snapshotsOf, valueAt, writeSnapshots } from './snapshots.fixture.ts';

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

const CLOSES = {
  '2018-01-02': '50',
  '2018-01-03': '50',
  '2018-01-04': '49.50',
  '2018-01-05': '49.50',
  '2018-01-08': '50',
  '2018-01-09': '50.50',
} as const;

/**
 * 100 units at 50.00 beside 5,000.00; 0.50 a unit goes ex on the 4th, 10 % of it is withheld, 45.00 are paid on the 9th.
 * 5,000 + 100 x close + 45 from the 4th on, which is in the cash from the 9th on; return = value / value before - 1.
 */
const BY_HAND = [
  ['2018-01-02', 10_000, 0],
  ['2018-01-03', 10_000, 0],
  ['2018-01-04', 9_995, 45],
  ['2018-01-05', 9_995, 45],
  ['2018-01-08', 10_045, 45],
  ['2018-01-09', 10_095, 0],
] as const;
const RETURNS = ['0.00000000', '0.00000000', '-0.00050000', '0.00000000', '0.00500250', '0.00497760'];

async function held() {
  const { id, symbol } = await createInstrument(database);
  await createDailyBars(database, id, CLOSES);
  const portfolio = await openPortfolio(database, '2018-01-02');
  await deposit(database, portfolio, { amount: '10000.00', date: '2018-01-02' });
  await buy(database, portfolio, { instrument: { id, symbol }, quantity: '100', cost: '5000.00', date: '2018-01-02' });
  const call = callAs(platform, investorActor(portfolio.userId));
  const announce = () =>
    callAs(platform, operatorActor())(handlers.market.recordAction, {
      symbol,
      kind: 'DIVIDEND',
      exDate: '2018-01-04',
      payDate: '2018-01-09',
      amount: '0.50',
      withholdingPct: 10,
    });
  const night = async (date: LocalDate) => {
    await valueAt(platform, date);
    await pay(portfolio.id, date);
    await writeSnapshots(platform);
  };
  const series = async () => {
    const rows = await platform.inspect<{ date: string; value: string; due: string }>(
      'SELECT snapshot_date::text AS date, total_value::float8 AS value, accrued_dividends::float8 AS due FROM portfolio_snapshots WHERE portfolio_id = $1 ORDER BY 1',
      [portfolio.id],
    );
    return rows.map(({ date, value, due }) => [date, value, due]);
  };
  const returns = async () => (await snapshotsOf(platform, portfolio.id)).map((day) => day['daily_return']);
  const summary = () => call(handlers.portfolio.summary, { portfolioId: portfolio.id });
  return { symbol, portfolio, call, announce, night, series, returns, summary };
}

const system = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

async function pay(portfolioId: string, through: LocalDate): Promise<void> {
  await platform.executor.run(systemHandlers.portfolio.dispatchActions, system({}));
  const shard = { shard: shardOf(portfolioId), runKey: newId(), through };
  await platform.executor.batch(systemHandlers.portfolio.applyActions, system(shard));
}

test('a dividend is owed from its ex date on, so that neither value nor return falls by it until it is paid', async () => {
  const { symbol, announce, night, series, returns, summary } = await held();
  await valueAt(platform, '2018-01-03');
  await announce();
  for (const date of Object.keys(CLOSES) as LocalDate[]) {
    await night(date);
    if (date !== '2018-01-05') continue;
    expect(await summary()).toMatchObject({
      cashBalance: '5000',
      accruedDividends: '45',
      dividendsDue: [{ symbol, exDate: '2018-01-04', payDate: '2018-01-09', currency: 'USD', amount: '45' }],
      totalValue: '9995',
    });
  }
  expect(await series()).toEqual(BY_HAND);
  expect(await returns()).toEqual(RETURNS);
  expect(await summary()).toMatchObject({ cashBalance: '5045', accruedDividends: '0', dividendsDue: [], totalValue: '10095' });
  await throwSnapshotsAway(platform);
  await writeSnapshots(platform);
  expect(await series()).toEqual(BY_HAND);
});

test('a dividend that is entered after its ex date comes into the snapshots of before', async () => {
  const { portfolio, announce, night, series, returns } = await held();
  for (const date of ['2018-01-03', '2018-01-08'] as const) await night(date);
  expect((await series()).slice(2, 4)).toEqual([
    ['2018-01-04', 9_950, 0],
    ['2018-01-05', 9_950, 0],
  ]);
  await announce();
  const [event] = await platform.inspect<{ payload: unknown }>(
    `SELECT o.payload FROM outbox o JOIN deliveries d ON d.event_id = o.id WHERE o.name = $1 AND d.job_name = 'reopen-for-actions' ORDER BY o.sequence DESC LIMIT 1`,
    [market.ActionChanged.name],
  );
  expect(await platform.executor.batch(systemHandlers.analytics.reopenForActions, system(event?.payload))).toEqual({ portfolios: 1 });
  await night('2018-01-09');
  expect(await series()).toEqual(BY_HAND);
  expect(await returns()).toEqual(RETURNS);
  expect(await platform.inspect('SELECT 1 FROM portfolio_actions WHERE portfolio_id = $1', [portfolio.id])).toHaveLength(1);
});

test('what was sold on the ex date is owed still, and what was bought then is not', async () => {
  const { symbol, call, portfolio, announce, night, summary } = await held();
  await valueAt(platform, '2018-01-03');
  await announce();
  await night('2018-01-05');
  const trade = { portfolioId: portfolio.id, symbol, price: '49.50', date: '2018-01-05' };
  await call(handlers.trading.recordTrade, { ...trade, tradeType: 'SELL', quantity: '100' });
  expect(await summary()).toMatchObject({ accruedDividends: '45', totalValue: '9995', positions: [] });
  await call(handlers.trading.recordTrade, { ...trade, tradeType: 'BUY', quantity: '10' });
  expect(await summary()).toMatchObject({ accruedDividends: '45', totalValue: '9995' });
});
