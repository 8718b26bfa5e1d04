import { createPortfolio, createTestDatabase, createUser, deposit, post } from '@trii/testkit';
import type { BuiltPortfolio, TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: TestDatabase;
let portfolio: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id });
});
afterAll(async () => {
  await database.close();
});

const CHECK_VIOLATION = '23514';
const setStatus = async (status: string) =>
  database.as({ role: 'authenticated_user', userId: portfolio.userId }, (client) =>
    client.query('UPDATE portfolios SET status = $2::portfolio_status WHERE id = $1', [portfolio.id, status]),
  );

test('an owner closes a portfolio by SQL only when it is flat, and then nobody opens it or puts money into it', async () => {
  await deposit(database, portfolio, { amount: '5.00' });
  await expect(setStatus('CLOSED')).rejects.toMatchObject({ code: CHECK_VIOLATION });
  const out = [
    { account: 'cash', asset: 'USD', amount: '-5' },
    { account: 'external', asset: 'USD', amount: '5' },
  ];
  await post(database, { portfolio, kind: 'WITHDRAWAL', lines: out });
  expect((await setStatus('CLOSED')).rowCount).toBe(1);
  await expect(setStatus('ACTIVE')).rejects.toMatchObject({ code: CHECK_VIOLATION });
  await expect(deposit(database, portfolio, { amount: '5.00' })).rejects.toMatchObject({ code: CHECK_VIOLATION });
});
