import { handlers } from '../handlers.ts';
import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  footprint,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const { deposit, withdraw } = handlers.cash;

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
  call = callAs(platform, investorActor((await createUser(database)).id));
});
beforeEach(async () => {
  const opened = await call(handlers.portfolio.open, { name: 'Retirement', openedOn: '2018-01-02' });
  portfolioId = opened.id;
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const usd = (amount: string, date?: string) => ({ portfolioId, amount, currency: 'USD', ...(date === undefined ? {} : { date }) });
const standing = async () =>
  (
    await platform.inspect('SELECT cash_balance, last_entry_date::text, snapshots_dirty_from::text FROM portfolios WHERE id = $1', [
      portfolioId,
    ])
  )[0];
const balance = async () => (await call(handlers.portfolio.summary, { portfolioId })).cashBalance;

describe('cash that comes in and goes out', () => {
  test('moves by postings that come from outside and go there', async () => {
    const into = await call(deposit, { ...usd('1000.50', '2018-01-03'), memo: 'salary' });
    expect(into).toEqual({
      transactionId: expect.any(String),
      portfolioId,
      amount: '1000.5',
      currency: 'USD',
      date: '2018-01-03',
      cashBalance: '1000.5',
    });
    const out = await call(withdraw, usd('0.49'));
    // 1,000.50 - 0.49; no date given: the valuation date.
    expect(out).toMatchObject({ amount: '0.49', date: '2018-05-25', cashBalance: '1000.01' });
    const lines = await platform.inspect(
      'SELECT transaction_id, line, account, currency_code, amount, kind, effective_date::text, memo FROM postings WHERE portfolio_id = $1 ORDER BY created_at, line',
      [portfolioId],
    );
    const line = {
      currency_code: 'USD',
      kind: 'DEPOSIT',
      effective_date: '2018-01-03',
      memo: 'salary',
      transaction_id: into.transactionId,
    };
    const gone = { ...line, kind: 'WITHDRAWAL', effective_date: '2018-05-25', memo: null, transaction_id: out.transactionId };
    expect(lines).toEqual([
      { ...line, line: 1, account: 'cash', amount: '1000.50000000' },
      { ...line, line: 2, account: 'external', amount: '-1000.50000000' },
      { ...gone, line: 1, account: 'cash', amount: '-0.49000000' },
      { ...gone, line: 2, account: 'external', amount: '0.49000000' },
    ]);
    expect(await standing()).toEqual({ cash_balance: '1000.01000000', last_entry_date: '2018-05-25', snapshots_dirty_from: '2018-01-03' });
  });

  test('may go out to the last cent, and not a cent further', async () => {
    await call(deposit, usd('100'));
    expect(await call(withdraw, usd('100'))).toMatchObject({ cashBalance: '0' });
    await expectRefusal(platform, () => call(withdraw, usd('0.01')), {
      code: 'INSUFFICIENT_CASH',
      details: { amount: '0.01', currency: 'USD', available: '0' },
    });
  });

  test("tells the ledger's event once, with ids only", async () => {
    const { transactionId } = await call(deposit, usd('100'));
    const events = await platform.inspect(
      'SELECT name, aggregate_type, user_id IS NOT NULL AS owned, payload FROM outbox WHERE aggregate_id = $1 ORDER BY sequence',
      [portfolioId],
    );
    expect(events).toEqual([
      { name: 'portfolio.PortfolioOpened', aggregate_type: 'PORTFOLIO', owned: true, payload: { portfolioId } },
      {
        name: 'portfolio.LedgerPosted',
        aggregate_type: 'PORTFOLIO',
        owned: true,
        payload: { portfolioId, transactionId, effectiveDate: '2018-05-25' },
      },
    ]);
  });

  test('is audited with figures, without the memo', async () => {
    const { transactionId } = await call(deposit, { ...usd('100'), memo: 'from my aunt' });
    const [row] = await platform.inspect(
      'SELECT outcome, use_case, entity_id, new_values FROM audit_logs ORDER BY created_at DESC, id DESC LIMIT 1',
    );
    expect(row).toEqual({
      outcome: 'ok',
      use_case: 'cash.deposit',
      entity_id: portfolioId,
      new_values: { kind: 'DEPOSIT', transactionId, amount: '100', currency: 'USD', date: '2018-05-25', cashBalance: '100' },
    });
  });
});

describe('a cash movement is refused, and only the audit knows of it', () => {
  test('in a currency that nobody has an exchange rate for, naming pair and moment', () =>
    expectRefusal(platform, () => call(deposit, { ...usd('1'), currency: 'COP' }), {
      code: 'FX_RATE_MISSING',
      details: { from: 'COP', to: 'USD', at: '2018-05-25T20:00:00.000Z' },
    }));

  test('in something that is no currency', () =>
    expectRefusal(platform, () => call(deposit, { ...usd('1'), currency: 'XAU' }), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'currency', problem: 'an active currency of ISO 4217 such as "USD"' }] },
    }));

  test('finer than the smallest unit of the currency', () =>
    expectRefusal(platform, () => call(withdraw, usd('1.005')), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'amount', problem: 'USD has at most 2 digits after the point' }] },
    }));

  test('after the valuation date', () =>
    expectRefusal(platform, () => call(deposit, usd('1', '2018-05-26')), {
      code: 'DATE_IN_FUTURE',
      details: { date: '2018-05-26', valuationDate: '2018-05-25' },
    }));

  test('before the opening', () =>
    expectRefusal(platform, () => call(deposit, usd('1', '2018-01-01')), {
      code: 'DATE_BEFORE_OPENING',
      details: { date: '2018-01-01', openedOn: '2018-01-02' },
    }));

  test('before the last entry, while one on its date is fine', async () => {
    await call(deposit, usd('5', '2018-02-01'));
    await call(deposit, usd('5', '2018-02-01'));
    await expectRefusal(platform, () => call(withdraw, usd('1', '2018-01-31')), {
      code: 'DATE_OUT_OF_ORDER',
      details: { date: '2018-01-31', lastEntryDate: '2018-02-01' },
    });
  });

  test('in a portfolio that is closed', async () => {
    await platform.inspect("UPDATE portfolios SET status = 'CLOSED' WHERE id = $1", [portfolioId]);
    await expectRefusal(platform, () => call(deposit, usd('1')), {
      code: 'PORTFOLIO_NOT_ACTIVE',
      details: { portfolioId, status: 'CLOSED' },
    });
  });

  test('in a portfolio that is not there', async () => {
    const nowhere = newId();
    await expectRefusal(platform, () => call(deposit, { ...usd('1'), portfolioId: nowhere }), {
      code: 'NOT_FOUND',
      details: { portfolioId: nowhere },
    });
  });

  test('when the balance would outgrow its column', async () => {
    await call(deposit, usd('999999999999'));
    await expectRefusal(platform, () => call(deposit, usd('1')), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'amount', problem: 'the cash balance would exceed 999999999999.99999999' }] },
    });
    expect(await balance()).toBe('999999999999');
  });
});

describe('another investor', () => {
  test("cannot move this one's cash, nor learn that the portfolio exists", async () => {
    await call(deposit, usd('100'));
    const other = callAs(platform, investorActor((await createUser(database)).id));
    await expectRefusal(platform, () => other(withdraw, usd('1')), { code: 'NOT_FOUND', details: { portfolioId } });
    await expectRefusal(platform, () => other(deposit, usd('1')), { code: 'NOT_FOUND', details: { portfolioId } });
    expect(await balance()).toBe('100');
  });

  test('with the same idempotency key gets an answer of their own', async () => {
    const key = newId();
    await call(deposit, usd('100'), key);
    const other = callAs(platform, investorActor((await createUser(database)).id));
    await expect(other(deposit, usd('100'), key)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a repeated call', () => {
  test('with its key gives the first answer and moves nothing', async () => {
    const key = newId();
    const first = await call(deposit, usd('100'), key);
    const before = await footprint(platform);
    expect(await call(deposit, usd('100'), key)).toEqual(first);
    expect(await footprint(platform)).toEqual(before);
  });

  test('with its key is refused again, even when there is money by then', async () => {
    const key = newId();
    await expect(call(withdraw, usd('50'), key)).rejects.toMatchObject({ code: 'INSUFFICIENT_CASH' });
    await call(deposit, usd('100'));
    await expect(call(withdraw, usd('50'), key)).rejects.toMatchObject({ code: 'INSUFFICIENT_CASH', details: { available: '0' } });
    expect(await balance()).toBe('100');
  });

  test('ten times at once with one key moves the money once', async () => {
    const key = newId();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(deposit, usd('100'), key)));
    expect(new Set(answers.map(({ transactionId }) => transactionId)).size).toBe(1);
    expect(await balance()).toBe('100');
  });
});

describe('withdrawals at the same time', () => {
  test('twenty of them, with money for one: exactly one succeeds', async () => {
    await call(deposit, usd('100'));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => call(withdraw, usd('75'))));
    const refused = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(refused).toHaveLength(19);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'INSUFFICIENT_CASH', details: { available: '25' } });
    expect(await balance()).toBe('25');
    const [sum] = await platform.inspect(
      "SELECT sum(amount) AS cash, count(*) FROM postings WHERE portfolio_id = $1 AND account = 'cash'",
      [portfolioId],
    );
    expect(sum).toEqual({ cash: '25.00000000', count: '2' });
  });

  test('beside deposits lose nothing', async () => {
    await call(deposit, usd('100'));
    const calls = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? call(deposit, usd('10')) : call(withdraw, usd('10'))));
    await Promise.all(calls);
    expect(await balance()).toBe('100');
  });
});

test('nothing above was an internal error', () => {
  expect(platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
