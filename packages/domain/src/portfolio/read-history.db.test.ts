import { newId } from '@trii/kernel';
import { callAs, createPortfolio, createTestDatabase, createTestPlatform, createUser, investorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

const { history } = handlers.portfolio;

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  const { id: userId } = await createUser(database);
  call = callAs(platform, investorActor(userId));
  ({ id: portfolioId } = await createPortfolio(database, { userId }));
  await platform.inspect(
    `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, inflow, outflow, accrued_dividends, is_stale,
       daily_return, total_return, volatility, sharpe_ratio, max_drawdown)
     VALUES (gen_random_uuid(), $1, $2, '2018-01-02', 1000, 1000, 0, 1000, 0, 0, false, NULL, NULL, NULL, NULL, NULL),
            (gen_random_uuid(), $1, $2, '2018-01-03', 1010.5, 500, 500, 0, 0.25, 7.5, false, 0.0105, 0.0105, NULL, NULL, 0),
            (gen_random_uuid(), $1, $2, '2018-01-04', 1010.5, 500, 500, 0, 0, 0, true, NULL, 0.0105, NULL, NULL, 0),
            (gen_random_uuid(), $1, $2, '2018-01-05', 990, 500, 500, 0, 0, 0, false, -0.02, -0.0097, 0.3421, -1.5, 0.02)`,
    [userId, portfolioId],
  );
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const dates = async (input: Partial<typeof history.declaration.example>) => {
  const { items, nextFrom } = await call(history, { portfolioId, ...input });
  return { dates: items.map(({ date }) => date), nextFrom };
};

describe('the history of a portfolio', () => {
  test('is its snapshots, oldest first, money as decimal text and statistics as fractions', async () => {
    const { items, nextFrom } = await call(history, { portfolioId });
    expect(nextFrom).toBeNull();
    expect(items).toHaveLength(4);
    expect(items[1]).toEqual({
      date: '2018-01-03',
      totalValue: '1010.5',
      cashBalance: '500',
      investedAmount: '500',
      inflow: '0',
      outflow: '0.25',
      accruedDividends: '7.5',
      isStale: false,
      rates: [],
      dailyReturn: 0.0105,
      totalReturn: 0.0105,
      volatility: null,
      sharpeRatio: null,
      maxDrawdown: 0,
    });
    expect(items[2]).toMatchObject({ date: '2018-01-04', isStale: true, dailyReturn: null });
    expect(items[3]).toMatchObject({ date: '2018-01-05', dailyReturn: -0.02, volatility: 0.3421, sharpeRatio: -1.5 });
  });

  test('comes in pages whose cursor is the next date, without a gap or a repeat', async () => {
    const first = await dates({ limit: 3 });
    expect(first).toEqual({ dates: ['2018-01-02', '2018-01-03', '2018-01-04'], nextFrom: '2018-01-05' });
    expect(await dates({ limit: 3, from: '2018-01-05' })).toEqual({ dates: ['2018-01-05'], nextFrom: null });
    expect(await dates({ limit: 4 })).toMatchObject({ nextFrom: null });
  });

  test('lies between two dates, both included', async () => {
    expect(await dates({ from: '2018-01-03', to: '2018-01-04' })).toEqual({ dates: ['2018-01-03', '2018-01-04'], nextFrom: null });
    expect(await dates({ to: '2018-01-02' })).toEqual({ dates: ['2018-01-02'], nextFrom: null });
    expect(await dates({ from: '2018-01-06' })).toEqual({ dates: [], nextFrom: null });
    expect(await dates({ from: '2018-01-04', to: '2018-01-03' })).toEqual({ dates: [], nextFrom: null });
  });

  test('is empty before the first snapshot, which is not the same as NOT_FOUND', async () => {
    const fresh = await call(handlers.portfolio.open, { name: 'Fresh' });
    expect(await call(history, { portfolioId: fresh.id })).toEqual({ items: [], nextFrom: null });
    const nowhere = newId();
    await expect(call(history, { portfolioId: nowhere })).rejects.toMatchObject({ code: 'NOT_FOUND', details: { portfolioId: nowhere } });
  });

  test('is NOT_FOUND to another investor', async () => {
    const other = callAs(platform, investorActor((await createUser(database)).id));
    await expect(other(history, { portfolioId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
