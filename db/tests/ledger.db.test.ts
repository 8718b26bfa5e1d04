import { createInstrument, createPortfolio, createTestDatabase, createUser, deposit, post } from '@trii/testkit';
import type { BuiltInstrument, BuiltPortfolio, TestDatabase } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

let database: TestDatabase;
let instrument: BuiltInstrument;
let portfolio: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
  instrument = await createInstrument(database);
});
afterAll(() => database.close());

beforeEach(async () => {
  const user = await createUser(database);
  portfolio = await createPortfolio(database, { userId: user.id });
});

const asWorker = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);

const portfolioRow = async () => {
  const [row] = await asWorker(
    `SELECT cash_balance, reserved_cash, invested_amount, realized_pnl, last_entry_date::text, snapshots_dirty_from::text FROM portfolios WHERE id = $1`,
    [portfolio.id],
  );
  return row;
};
const positionRow = async () => {
  const [row] = await asWorker(
    `SELECT quantity, reserved_quantity, cost_basis, avg_cost, (opened_at AT TIME ZONE 'UTC')::date::text AS opened_on FROM positions WHERE portfolio_id = $1 AND instrument_id = $2`,
    [portfolio.id, instrument.id],
  );
  return row;
};

const buy = (quantity: string, cost: string, date: string) =>
  post(database, {
    portfolio,
    kind: 'BUY',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount: `-${cost}` },
      { account: 'trading', asset: 'USD', amount: cost },
      { account: 'holding', asset: instrument.id, amount: quantity, costBasis: cost },
      { account: 'trading', asset: instrument.id, amount: `-${quantity}` },
    ],
  });

interface Sale {
  readonly quantity: string;
  readonly proceeds: string;
  readonly cost: string;
  readonly realized: string;
  readonly date: string;
}
const sell = ({ quantity, proceeds, cost, realized, date }: Sale) =>
  post(database, {
    portfolio,
    kind: 'SELL',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount: proceeds },
      { account: 'trading', asset: 'USD', amount: `-${proceeds}` },
      { account: 'holding', asset: instrument.id, amount: `-${quantity}`, costBasis: `-${cost}`, realizedPnl: realized },
      { account: 'trading', asset: instrument.id, amount: quantity },
    ],
  });

describe('a balanced transaction', () => {
  test('a deposit is available cash from its date on', async () => {
    await deposit(database, portfolio, { amount: '1000.50', date: '2018-03-01' });
    expect(await portfolioRow()).toEqual({
      cash_balance: '1000.50000000',
      reserved_cash: '0.00000000',
      invested_amount: '0.00000000',
      realized_pnl: '0.00000000',
      last_entry_date: '2018-03-01',
      snapshots_dirty_from: '2018-03-01',
    });
  });

  // 10 for 100 and 5 for 80 are 15 for 180, 12 each. Selling 6 for 90 takes 72 of cost and gains 18.
  test('purchases and a partial sale leave quantity, cost, average cost and gain', async () => {
    await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
    await buy('10', '100', '2018-01-03');
    await buy('5', '80', '2018-01-04');
    await sell({ quantity: '6', proceeds: '90', cost: '72', realized: '18', date: '2018-01-05' });
    expect(await positionRow()).toEqual({
      quantity: '9.00000000',
      reserved_quantity: '0.00000000',
      cost_basis: '108.00000000',
      avg_cost: '12.00000000',
      opened_on: '2018-01-03',
    });
    expect(await portfolioRow()).toMatchObject({
      cash_balance: '910.00000000',
      invested_amount: '108.00000000',
      realized_pnl: '18.00000000',
      last_entry_date: '2018-01-05',
      snapshots_dirty_from: '2018-01-02',
    });
  });

  test('a position that was sold out has no average cost, and opens anew with the next purchase', async () => {
    await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
    await buy('10', '100', '2018-01-03');
    await sell({ quantity: '10', proceeds: '110', cost: '100', realized: '10', date: '2018-01-04' });
    expect(await positionRow()).toMatchObject({ quantity: '0.00000000', cost_basis: '0.00000000', avg_cost: '0.00000000' });
    await buy('2', '30', '2018-02-01');
    expect(await positionRow()).toMatchObject({ quantity: '2.00000000', avg_cost: '15.00000000', opened_on: '2018-02-01' });
  });

  test('a hold moves cash and quantity aside without changing cost', async () => {
    await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
    await buy('10', '100', '2018-01-03');
    await post(database, {
      portfolio,
      kind: 'HOLD',
      date: '2018-01-04',
      lines: [
        { account: 'cash', asset: 'USD', amount: '-300' },
        { account: 'reserved', asset: 'USD', amount: '300' },
        { account: 'holding', asset: instrument.id, amount: '-4' },
        { account: 'reserved', asset: instrument.id, amount: '4' },
      ],
    });
    expect(await portfolioRow()).toMatchObject({
      cash_balance: '600.00000000',
      reserved_cash: '300.00000000',
      invested_amount: '100.00000000',
    });
    expect(await positionRow()).toMatchObject({
      quantity: '6.00000000',
      reserved_quantity: '4.00000000',
      cost_basis: '100.00000000',
      avg_cost: '10.00000000',
    });
  });

  test('cash of another currency does not count as base currency', async () => {
    await post(database, {
      portfolio,
      kind: 'DEPOSIT',
      lines: [
        { account: 'cash', asset: 'EUR', amount: '50' },
        { account: 'external', asset: 'EUR', amount: '-50' },
      ],
    });
    expect(await portfolioRow()).toMatchObject({ cash_balance: '0.00000000' });
  });

  test('an entry of an earlier date dirties the snapshots from there and leaves the last entry date', async () => {
    await deposit(database, portfolio, { amount: '10', date: '2018-05-05' });
    await deposit(database, portfolio, { amount: '10', date: '2018-02-02' });
    expect(await portfolioRow()).toMatchObject({ last_entry_date: '2018-05-05', snapshots_dirty_from: '2018-02-02' });
  });
});

describe('what the ledger refuses', () => {
  const nothing = async () => expect(await asWorker('SELECT FROM postings WHERE portfolio_id = $1', [portfolio.id])).toEqual([]);

  test('a transaction that does not sum to zero, with nothing written', async () => {
    const lines = [
      { account: 'cash', asset: 'USD', amount: '100' },
      { account: 'external', asset: 'USD', amount: '-99.99999999' },
    ];
    await expect(post(database, { portfolio, kind: 'DEPOSIT', lines })).rejects.toMatchObject({ code: 'TR001' });
    await nothing();
    expect(await portfolioRow()).toMatchObject({ cash_balance: '0.00000000' });
  });

  test('a transaction that balances only across assets', async () => {
    const lines = [
      { account: 'cash', asset: 'USD', amount: '100' },
      { account: 'external', asset: 'EUR', amount: '-100' },
    ];
    await expect(post(database, { portfolio, kind: 'DEPOSIT', lines })).rejects.toMatchObject({ code: 'TR001' });
    await nothing();
  });

  test('two transactions of one statement that balance only together', async () => {
    const line = (transaction: string, amount: string) =>
      `(gen_random_uuid(), '${transaction}', 1, '${portfolio.userId}', '${portfolio.id}', 'cash', 'USD', ${amount}, 'DEPOSIT', '2018-01-02')`;
    const sql = `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
      VALUES ${line(newId(), '10')}, ${line(newId(), '-10')}`;
    await expect(
      database.as({ role: 'authenticated_user', userId: portfolio.userId }, (client) => client.query(sql)),
    ).rejects.toMatchObject({ code: 'TR001' });
  });

  test('cash below zero', async () => {
    await deposit(database, portfolio, { amount: '10' });
    const lines = [
      { account: 'cash', asset: 'USD', amount: '-10.01' },
      { account: 'external', asset: 'USD', amount: '10.01' },
    ];
    await expect(post(database, { portfolio, kind: 'WITHDRAWAL', lines })).rejects.toMatchObject({
      code: '23514',
      constraint: 'portfolios_cash_balance_not_negative',
    });
    expect(await portfolioRow()).toMatchObject({ cash_balance: '10.00000000' });
  });

  test('selling what is not held', async () => {
    await deposit(database, portfolio, { amount: '100' });
    await buy('1', '10', '2018-01-03');
    await expect(sell({ quantity: '2', proceeds: '20', cost: '10', realized: '10', date: '2018-01-04' })).rejects.toMatchObject({
      code: '23514',
      constraint: 'positions_quantity_not_negative',
    });
    expect(await positionRow()).toMatchObject({ quantity: '1.00000000', cost_basis: '10.00000000' });
  });

  test('taking out more than was reserved', async () => {
    await deposit(database, portfolio, { amount: '100' });
    const lines = [
      { account: 'reserved', asset: 'USD', amount: '-1' },
      { account: 'cash', asset: 'USD', amount: '1' },
    ];
    await expect(post(database, { portfolio, kind: 'RELEASE', lines })).rejects.toMatchObject({
      constraint: 'portfolios_reserved_cash_not_negative',
    });
  });

  test("a posting into another's portfolio, under either name", async () => {
    const eve = await createUser(database);
    const lines = [
      { account: 'cash', asset: 'USD', amount: '5' },
      { account: 'external', asset: 'USD', amount: '-5' },
    ];
    await expect(post(database, { portfolio, kind: 'DEPOSIT', lines, asUserId: eve.id })).rejects.toMatchObject({ code: '42501' });
    await expect(post(database, { portfolio: { ...portfolio, userId: eve.id }, kind: 'DEPOSIT', lines })).rejects.toMatchObject({
      code: '23503',
    });
    await nothing();
  });

  test('a second reversal of one transaction', async () => {
    const reversed = await deposit(database, portfolio, { amount: '10' });
    const reverse = () =>
      database.as({ role: 'authenticated_user', userId: portfolio.userId }, (client) =>
        client.query(
          `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date, reverses_transaction_id)
           SELECT gen_random_uuid(), $2, line, user_id, portfolio_id, account, currency_code, -amount, 'REVERSAL', effective_date, transaction_id FROM postings WHERE transaction_id = $1`,
          [reversed, newId()],
        ),
      );
    await reverse();
    expect(await portfolioRow()).toMatchObject({ cash_balance: '0.00000000' });
    await deposit(database, portfolio, { amount: '50' });
    await expect(reverse()).rejects.toMatchObject({ code: '23505', constraint: 'idx_postings_reversal' });
  });

  test.each(['UPDATE postings SET amount = amount', 'DELETE FROM postings', 'TRUNCATE postings'])(
    '%s, by anyone who serves',
    async (sql) => {
      await deposit(database, portfolio, { amount: '10' });
      for (const role of ['authenticated_user', 'admin_role', 'worker_role'] as const) {
        await expect(database.as({ role, userId: portfolio.userId }, (client) => client.query(sql))).rejects.toMatchObject({
          code: '42501',
        });
      }
    },
  );
});

test('concurrent withdrawals of all there is: exactly one succeeds', async () => {
  await deposit(database, portfolio, { amount: '100' });
  const withdraw = () =>
    post(database, {
      portfolio,
      kind: 'WITHDRAWAL',
      lines: [
        { account: 'cash', asset: 'USD', amount: '-100' },
        { account: 'external', asset: 'USD', amount: '100' },
      ],
    });
  const results = await Promise.allSettled(Array.from({ length: 12 }, withdraw));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await portfolioRow()).toMatchObject({ cash_balance: '0.00000000' });
});
