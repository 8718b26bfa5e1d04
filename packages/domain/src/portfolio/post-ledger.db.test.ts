import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  post,
} from '@trii/testkit';
import type { BuiltInstrument, BuiltPortfolio, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let portfolio: BuiltPortfolio;
let instrument: BuiltInstrument;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id });
  instrument = await createInstrument(database);
  const call = callAs(platform, investorActor(portfolio.userId));
  await call(handlers.cash.deposit, { portfolioId: portfolio.id, amount: '100', currency: 'USD', date: '2018-01-02' });
  await call(handlers.trading.recordTrade, {
    portfolioId: portfolio.id,
    symbol: instrument.symbol,
    tradeType: 'BUY',
    quantity: '1',
    price: '10',
    date: '2018-01-03',
  });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const investor = (statement: string) =>
  database.as({ role: 'authenticated_user', userId: portfolio.userId }, (client) => client.query(statement, [portfolio.id]));
const worker = (statement: string) =>
  database.as({ role: 'worker_role', userId: null }, (client) => client.query(statement, [portfolio.id]));
const operator = (statement: string) =>
  database.as({ role: 'admin_role', userId: null }, (client) => client.query(statement, [portfolio.id]));

const INSUFFICIENT_PRIVILEGE = '42501';
const CHECK_VIOLATION = '23514';
const UNBALANCED = 'TR001';

describe('what was posted', () => {
  test.each([
    'UPDATE postings SET amount = 0.01 WHERE portfolio_id = $1',
    'DELETE FROM postings WHERE portfolio_id = $1',
    'DELETE FROM trades WHERE portfolio_id = $1',
    'UPDATE portfolios SET cash_balance = 1000000 WHERE id = $1',
    'UPDATE portfolios SET last_entry_date = NULL WHERE id = $1',
    'UPDATE positions SET quantity = 1000 WHERE portfolio_id = $1',
    'UPDATE trades SET quantity = 1000 WHERE portfolio_id = $1',
  ])('stays as it is for every role that serves: %s', async (statement) => {
    for (const attempt of [investor, worker, operator])
      await expect(attempt(statement)).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE });
  });
});

describe('the database itself', () => {
  test('refuses a transaction that does not sum to zero, past every check of ours', async () => {
    const lines = [
      { account: 'cash', asset: 'USD', amount: '5' },
      { account: 'external', asset: 'USD', amount: '-4.99999999' },
    ];
    await expect(post(database, { portfolio, kind: 'DEPOSIT', lines })).rejects.toMatchObject({ code: UNBALANCED });
  });

  test('refuses cash and quantity below zero', async () => {
    const cash = [
      { account: 'cash', asset: 'USD', amount: '-90.01' },
      { account: 'external', asset: 'USD', amount: '90.01' },
    ];
    await expect(post(database, { portfolio, kind: 'WITHDRAWAL', lines: cash })).rejects.toMatchObject({ code: CHECK_VIOLATION });
    const units = [
      { account: 'holding', asset: instrument.id, amount: '-1.00000001' },
      { account: 'trading', asset: instrument.id, amount: '1.00000001' },
    ];
    await expect(post(database, { portfolio, kind: 'SELL', lines: units })).rejects.toMatchObject({ code: CHECK_VIOLATION });
  });

  test("lets nobody post into another investor's portfolio", async () => {
    const { id: stranger } = await createUser(database);
    const lines = [
      { account: 'cash', asset: 'USD', amount: '-1' },
      { account: 'external', asset: 'USD', amount: '1' },
    ];
    await expect(post(database, { portfolio, kind: 'WITHDRAWAL', lines, asUserId: stranger })).rejects.toMatchObject({
      code: INSUFFICIENT_PRIVILEGE,
    });
    const disguised = { portfolio: { id: portfolio.id, userId: stranger }, kind: 'WITHDRAWAL', lines };
    // Under the stranger's own name the composite key has no such portfolio.
    await expect(post(database, disguised)).rejects.toMatchObject({ code: '23503' });
  });

  test('shows another investor nothing of it', async () => {
    const { id: stranger } = await createUser(database);
    for (const table of ['portfolios', 'positions', 'postings', 'trades', 'fills', 'portfolio_snapshots']) {
      const { rows } = await database.as({ role: 'authenticated_user', userId: stranger }, (client) =>
        client.query(`SELECT * FROM ${table}`),
      );
      expect(rows, table).toEqual([]);
    }
    await expect(
      database.as({ role: 'anonymous_role', userId: null }, (client) => client.query('SELECT FROM postings')),
    ).rejects.toMatchObject({
      code: INSUFFICIENT_PRIVILEGE,
    });
  });
});

test('a ledger transaction is one statement, whatever it holds', async () => {
  // Rows of one statement share their transaction id and, within it, their command's id.
  const rows = await platform.inspect(
    'SELECT transaction_id, count(DISTINCT (xmin::text, cmin::text)) AS statements FROM postings WHERE portfolio_id = $1 GROUP BY 1',
    [portfolio.id],
  );
  expect(rows).toHaveLength(2);
  expect(rows).toEqual(rows.map((row) => ({ ...row, statements: '1' })));
});
