import { createPortfolio, createTestDatabase, createUser, deposit, post } from '@trii/testkit';
import type { BuiltPortfolio, TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let database: TestDatabase;
let portfolio: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id });
});

const CHECK_VIOLATION = '23514';

const read = async <Row extends object>(sql: string): Promise<Row[]> =>
  database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [portfolio.id])).rows);
const balances = () =>
  read('SELECT currency_code, balance, reserved, user_id FROM cash_balances WHERE portfolio_id = $1 ORDER BY currency_code');
const move = (from: string, to: string, { amount, asset }: { readonly amount: string; readonly asset: string }) =>
  post(database, {
    portfolio,
    kind: 'JOURNAL',
    lines: [
      { account: from, asset, amount: `-${amount}` },
      { account: to, asset, amount },
    ],
  });

test('every currency has a balance of its own, and the base currency keeps its place in the portfolio', async () => {
  await deposit(database, portfolio, { amount: '7' });
  await move('external', 'cash', { amount: '100.5', asset: 'EUR' });
  await move('external', 'cash', { amount: '900', asset: 'JPY' });
  await move('cash', 'reserved', { amount: '40.25', asset: 'EUR' });
  const { userId: user_id } = portfolio;
  expect(await balances()).toEqual([
    { currency_code: 'EUR', balance: '60.25000000', reserved: '40.25000000', user_id },
    { currency_code: 'JPY', balance: '900.00000000', reserved: '0.00000000', user_id },
  ]);
  expect(await read('SELECT cash_balance, reserved_cash FROM portfolios WHERE id = $1')).toEqual([
    { cash_balance: '7.00000000', reserved_cash: '0.00000000' },
  ]);
});

test('movements of the base currency alone leave no balance beside the portfolio', async () => {
  await deposit(database, portfolio, { amount: '7' });
  await move('cash', 'reserved', { amount: '3', asset: 'USD' });
  expect(await balances()).toEqual([]);
});

test.each([
  ['cash', 'external', 'cash_balances_balance_not_negative'],
  ['reserved', 'external', 'cash_balances_reserved_not_negative'],
])('no more leaves %s than is there', async (from, to, constraint) => {
  await move('external', 'cash', { amount: '10', asset: 'EUR' });
  await move('cash', 'reserved', { amount: '5', asset: 'EUR' });
  await expect(move(from, to, { amount: '5.00000001', asset: 'EUR' })).rejects.toMatchObject({ code: CHECK_VIOLATION, constraint });
  expect(await balances()).toMatchObject([{ balance: '5.00000000', reserved: '5.00000000' }]);
});

test('of withdrawals at once of all there is in another currency exactly one succeeds', async () => {
  await move('external', 'cash', { amount: '100', asset: 'EUR' });
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => move('cash', 'external', { amount: '100', asset: 'EUR' })));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await balances()).toMatchObject([{ balance: '0.00000000' }]);
});

test('a portfolio with cash in another currency is not closed, and a closed one takes none', async () => {
  const close = () =>
    database.as({ role: 'authenticated_user', userId: portfolio.userId }, (client) =>
      client.query(`UPDATE portfolios SET status = 'CLOSED' WHERE id = $1`, [portfolio.id]),
    );
  await move('external', 'cash', { amount: '1', asset: 'EUR' });
  await expect(close()).rejects.toMatchObject({ code: CHECK_VIOLATION });
  await move('cash', 'external', { amount: '1', asset: 'EUR' });
  expect((await close()).rowCount).toBe(1);
  await expect(move('external', 'cash', { amount: '1', asset: 'EUR' })).rejects.toMatchObject({ code: CHECK_VIOLATION });
});

test('a person with cash in another currency is not erased', async () => {
  await move('external', 'cash', { amount: '1', asset: 'EUR' });
  const erased = await database.as({ role: 'admin_role', userId: null }, async (client) =>
    client.query<{ outcome: string }>('SELECT erase_person($1) AS outcome', [portfolio.userId]),
  );
  expect(erased.rows).toEqual([{ outcome: 'holds' }]);
});

test('nobody who serves writes a balance', async () => {
  await move('external', 'cash', { amount: '1', asset: 'EUR' });
  for (const role of ['authenticated_user', 'admin_role', 'worker_role'] as const) {
    const change = database.as({ role, userId: portfolio.userId }, (client) => client.query('UPDATE cash_balances SET balance = 2'));
    await expect(change).rejects.toMatchObject({ code: '42501' });
  }
});
