import { newId } from '@trii/kernel';
import {
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  deposit,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor } from '../platform/index.ts';
import { reopenSnapshotsHandler } from './reopen-snapshots.ts';
import { buy, openPortfolio, snapshotsOf, valueAt, writeSnapshots } from './snapshots.fixture.ts';

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

const reopen = (changes: readonly { readonly instrumentId: string; readonly from: string }[], importId = newId()) =>
  platform.executor.batch(reopenSnapshotsHandler, {
    actor: systemActor('test'),
    origin: localOrigin(newId()),
    input: { importId, changes },
  });
const dirtyFrom = async (portfolioId: string) =>
  (await platform.inspect<{ at: string | null }>('SELECT snapshots_dirty_from::text AS at FROM portfolios WHERE id = $1', [portfolioId]))[0]
    ?.at;

/** 1,000 in on Tuesday, 50 shares for 500 on Wednesday at 10; Thursday has no close yet. */
async function staleThursday() {
  const instrument = await createInstrument(database);
  await createDailyBars(database, instrument.id, { '2018-01-02': '9.5', '2018-01-03': '10' });
  const portfolio = await openPortfolio(database, '2018-01-02');
  await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
  await buy(database, portfolio, { instrument, quantity: '50', cost: '500', date: '2018-01-03' });
  await valueAt(platform, '2018-01-04');
  await writeSnapshots(platform);
  return { instrument, portfolio };
}

it('values a stale day again once its close has come', async () => {
  const { instrument, portfolio } = await staleThursday();
  expect((await snapshotsOf(platform, portfolio.id)).at(-1)).toMatchObject({
    date: '2018-01-04',
    is_stale: true,
    daily_return: null,
  });
  await createDailyBars(database, instrument.id, { '2018-01-04': '11' });
  expect(await reopen([{ instrumentId: instrument.id, from: '2018-01-04' }])).toEqual({ portfolios: 1 });
  expect(await dirtyFrom(portfolio.id)).toBe('2018-01-04');
  await writeSnapshots(platform);
  // 500 + 50 x 11 = 1,050; the day before 500 + 50 x 10 = 1,000; 1,050 / 1,000 - 1 = 0.05
  const thursday = (await snapshotsOf(platform, portfolio.id)).at(-1);
  expect(thursday).toMatchObject({ date: '2018-01-04', is_stale: false });
  expect([Number(thursday?.['total_value']), Number(thursday?.['daily_return'])]).toEqual([1050, 0.05]);
});

it('leaves alone who never held the instrument, and who has no snapshot of that day or later', async () => {
  const { instrument, portfolio } = await staleThursday();
  const other = await createInstrument(database);
  expect(await reopen([{ instrumentId: other.id, from: '2018-01-02' }])).toEqual({ portfolios: 0 });
  expect(await reopen([{ instrumentId: instrument.id, from: '2018-01-05' }])).toEqual({ portfolios: 0 });
  expect(await dirtyFrom(portfolio.id)).toBeNull();
});

it('marks from the earliest day, never moves a mark later, and is safe to run twice', async () => {
  const { instrument, portfolio } = await staleThursday();
  const importId = newId();
  const changes = [
    { instrumentId: instrument.id, from: '2018-01-03' },
    { instrumentId: newId(), from: '2018-01-02' },
  ];
  expect(await reopen(changes, importId)).toEqual({ portfolios: 1 });
  expect(await reopen(changes, importId)).toEqual({ portfolios: 1 });
  expect(await reopen([{ instrumentId: instrument.id, from: '2018-01-04' }])).toEqual({ portfolios: 0 });
  expect(await dirtyFrom(portfolio.id)).toBe('2018-01-03');
});

it('waits for a valuation under way, and then sees what it wrote', async () => {
  const { instrument, portfolio } = await staleThursday();
  await platform.inspect('DELETE FROM portfolio_snapshots WHERE portfolio_id = $1 AND snapshot_date = $2', [portfolio.id, '2018-01-04']);
  let marking: Promise<unknown> | undefined;
  await platform.transactions.bulk({ role: 'worker_role', userId: null }, async ({ sql }) => {
    await sql`SELECT pg_advisory_xact_lock_shared(hashtext('analytics.snapshotPortfolios'))`;
    marking = reopen([{ instrumentId: instrument.id, from: '2018-01-04' }]);
    await sql`INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, inflow, outflow, is_stale)
      VALUES (${newId()}, ${portfolio.userId}, ${portfolio.id}, '2018-01-04', 1000, 500, 500, 0, 0, true)`;
  });
  expect(await marking).toEqual({ portfolios: 1 });
});
