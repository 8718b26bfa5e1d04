import { command, scope } from '@trii/contract';
import { decimal, Money, newId, parseLocalDate } from '@trii/kernel';
import {
  callAs,
  createInstrument,
  createPortfolio,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { BuiltInstrument, CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { handlers, systemHandlers } from '../../handlers.ts';
import { handler, localOrigin, systemActor } from '../../platform/index.ts';
import { merged, withdrawalPostings } from '../ledger-transaction.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { postLedger } from '../post-ledger.ts';
import { consumeHold, placeHold } from './keep-hold.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let userId: string;
let portfolioId: string;
let instrument: BuiltInstrument;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  instrument = await createInstrument(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-01-04' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  ({ id: userId } = await createUser(database));
  call = callAs(platform, investorActor(userId));
  ({ id: portfolioId } = await createPortfolio(database, { userId }));
  await call(handlers.cash.deposit, { portfolioId, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
});

const place = (amount: string, given: object = {}) =>
  call(handlers.portfolio.placeHold, { portfolioId, currency: 'USD', amount, reason: 'rent', ...given });
const change = (holdId: string, given: object) => call(handlers.portfolio.changeHold, { portfolioId, holdId, ...given });
const release = (holdId: string) => call(handlers.portfolio.releaseHold, { portfolioId, holdId });
const withdraw = (amount: string) => call(handlers.cash.withdraw, { portfolioId, amount, currency: 'USD' });
const standing = async () => {
  const [row] = await platform.inspect<{ cash: string; reserved: string }>(
    'SELECT trim_scale(cash_balance)::text AS cash, trim_scale(reserved_cash)::text AS reserved FROM portfolios WHERE id = $1',
    [portfolioId],
  );
  return `${row?.cash} + ${row?.reserved}`;
};
const expire = () =>
  platform.executor.batch(systemHandlers.portfolio.expireHolds, {
    actor: systemActor('test'),
    origin: localOrigin(newId()),
    input: { runKey: newId() },
  });

// As a trade or a payment does it: a hold of its own, consumed part by part inside its own ledger transaction.
const serve = handler(
  command('test.placeHold', {
    summary: 'Place a hold for something of the platform.',
    input: z.strictObject({ portfolioId: z.uuid(), amount: z.string(), expiresAt: z.string().optional() }),
    output: z.object({ holdId: z.string() }),
    access: scope('write'),
    errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'INSUFFICIENT_CASH', 'INSUFFICIENT_QUANTITY'],
    audit: { entityType: 'TEST', action: 'CREATE' },
    example: { portfolioId: '', amount: '1' },
  }),
  async (ctx, { portfolioId: id, amount, expiresAt }) => {
    const portfolio = await lockPortfolio(ctx, id);
    const wanted = { asset: { currency: 'USD' }, amount: decimal(amount), holder: 'ORDER', reason: 'order', expiresAt } as const;
    return { holdId: (await placeHold(ctx, portfolio, wanted)).id };
  },
);
const consume = handler(
  command('test.consumeHold', {
    summary: 'Pay out of a hold.',
    input: z.strictObject({ portfolioId: z.uuid(), holdId: z.uuid(), amount: z.string() }),
    output: z.object({ transactionId: z.string() }),
    access: scope('write'),
    errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'HOLD_ENDED', 'HOLD_TOO_SMALL'],
    audit: { entityType: 'TEST', action: 'UPDATE' },
    example: { portfolioId: '', holdId: '', amount: '1' },
  }),
  async (ctx, input) => {
    const portfolio = await lockPortfolio(ctx, input.portfolioId);
    const given = await consumeHold(ctx, portfolio, { holdId: input.holdId, amount: decimal(input.amount) });
    const postings = merged([...given, ...withdrawalPostings(Money.of(input.amount, 'USD'))]);
    const entry = { portfolioId: portfolio.id, userId: portfolio.userId, effectiveDate: parseLocalDate('2018-01-04') };
    return { transactionId: await postLedger(ctx, { ...entry, kind: 'WITHDRAWAL', postings }) };
  },
);

describe('cash that is held', () => {
  test('moves aside, up, down and back by ledger transactions of its own', async () => {
    const { id } = await place('400.00', { expiresAt: '2999-01-01T00:00:00Z' });
    expect(await standing()).toBe('600 + 400');
    expect(await change(id, { amount: '700.00', expiresAt: null })).toMatchObject({
      amount: '700',
      remainingAmount: '700',
      expiresAt: null,
    });
    expect(await standing()).toBe('300 + 700');
    await change(id, { amount: '50.00' });
    expect(await standing()).toBe('950 + 50');
    expect(await release(id)).toMatchObject({ status: 'RELEASED', remainingAmount: '0', holder: 'INVESTOR', reason: 'rent' });
    expect(await standing()).toBe('1000 + 0');
    const { items } = await call(handlers.portfolio.activity, { portfolioId });
    expect(items.map(({ kind, cash }) => `${kind} ${cash}`)).toEqual(['RELEASE 0', 'RELEASE 0', 'HOLD 0', 'HOLD 0', 'DEPOSIT 1000']);
    expect((await call(handlers.portfolio.holds, { portfolioId })).items).toEqual([]);
    expect((await call(handlers.portfolio.holds, { portfolioId, show: 'all' })).items).toMatchObject([{ id, status: 'RELEASED' }]);
  });

  test('is out of reach of a withdrawal, a transfer and another hold, and still belongs to the total', async () => {
    await place('400.00');
    const { id: toPortfolioId } = await createPortfolio(database, { userId });
    const short = { code: 'INSUFFICIENT_CASH', details: { amount: '600.01', currency: 'USD', available: '600' } } as const;
    await expectRefusal(platform, () => withdraw('600.01'), short);
    await expectRefusal(
      platform,
      () => call(handlers.cash.transfer, { fromPortfolioId: portfolioId, toPortfolioId, amount: '600.01', currency: 'USD' }),
      short,
    );
    await expectRefusal(platform, () => place('600.01'), short);
    expect(await call(handlers.portfolio.summary, { portfolioId })).toMatchObject({ cashBalance: '600', totalValue: '1000' });
    await expectRefusal(platform, () => call(handlers.portfolio.close, { portfolioId }), {
      code: 'PORTFOLIO_NOT_FLAT',
      details: { portfolioId, cash: true, holdings: 0 },
    });
  });

  test('is consumed part by part inside the ledger transaction of what consumes it, and never beyond', async () => {
    const { holdId } = await call(serve, { portfolioId, amount: '100' });
    await call(consume, { portfolioId, holdId, amount: '60' });
    expect(await standing()).toBe('900 + 40');
    await expectRefusal(platform, () => call(consume, { portfolioId, holdId, amount: '40.01' }), {
      code: 'HOLD_TOO_SMALL',
      details: { holdId, amount: '40.01', remaining: '40' },
    });
    const { transactionId } = await call(consume, { portfolioId, holdId, amount: '40' });
    const lines = await platform.inspect(
      'SELECT account, trim_scale(amount)::text AS amount FROM postings WHERE transaction_id = $1 ORDER BY account::text',
      [transactionId],
    );
    expect(lines).toEqual([
      { account: 'external', amount: '40' },
      { account: 'reserved', amount: '-40' },
    ]);
    expect((await call(handlers.portfolio.holds, { portfolioId, show: 'all' })).items).toMatchObject([
      { status: 'CONSUMED', consumedAmount: '100', remainingAmount: '0', holder: 'ORDER' },
    ]);
    await expectRefusal(platform, () => call(consume, { portfolioId, holdId, amount: '1' }), {
      code: 'HOLD_ENDED',
      details: { holdId, status: 'CONSUMED' },
    });
    // Taken back, the money is available: what it was held for is over.
    await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'came back' });
    expect(await standing()).toBe('940 + 0');
  });

  test('for an order is not the investor’s to change or release', async () => {
    const { holdId } = await call(serve, { portfolioId, amount: '100' });
    const refused = { code: 'HOLD_IN_USE', details: { holdId, holder: 'ORDER' } } as const;
    await expectRefusal(platform, () => release(holdId), refused);
    await expectRefusal(platform, () => change(holdId, { amount: '1.00' }), refused);
  });

  test('is refused where it cannot be', async () => {
    await expectRefusal(platform, () => place('1.00', { currency: 'EUR' }), {
      code: 'INSUFFICIENT_CASH',
      details: { amount: '1', currency: 'EUR', available: '0' },
    });
    await expectRefusal(platform, () => place('1.00', { currency: 'ZZZ' }), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'currency', problem: 'a currency of ISO 4217' }] },
    });
    await expectRefusal(platform, () => place('1.005'), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'amount', problem: 'USD has at most 2 digits after the point' }] },
    });
    await expectRefusal(platform, () => place('1.00', { expiresAt: '2018-01-01T00:00:00Z' }), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'expiresAt', problem: 'an instant in the future' }] },
    });
    await expectRefusal(platform, () => place('1', { currency: undefined, symbol: 'NOSUCH' }), {
      code: 'NOT_FOUND',
      details: { symbol: 'NOSUCH' },
    });
    const nowhere = newId();
    await expectRefusal(platform, () => release(nowhere), { code: 'NOT_FOUND', details: { holdId: nowhere } });
    const { id } = await place('5.00');
    const other = callAs(platform, investorActor((await createUser(database)).id));
    await expectRefusal(platform, () => other(handlers.portfolio.releaseHold, { portfolioId, holdId: id }), {
      code: 'NOT_FOUND',
      details: { portfolioId },
    });
    expect(await standing()).toBe('995 + 5');
  });
});

test('units that are held are neither sold nor sent, and keep their cost', async () => {
  const trade = { portfolioId, symbol: instrument.symbol, price: '10.00', date: '2018-01-04' };
  await call(handlers.trading.recordTrade, { ...trade, tradeType: 'BUY', quantity: '10' });
  const { id } = await place('4', { currency: undefined, symbol: instrument.symbol });
  const short = { code: 'INSUFFICIENT_QUANTITY', details: { quantity: '6.5', available: '6' } } as const;
  await expectRefusal(platform, () => call(handlers.trading.recordTrade, { ...trade, tradeType: 'SELL', quantity: '6.5' }), short);
  const { id: toPortfolioId } = await createPortfolio(database, { userId });
  const send = { fromPortfolioId: portfolioId, toPortfolioId, symbol: instrument.symbol, quantity: '6.5' };
  await expectRefusal(platform, () => call(handlers.portfolio.transferHolding, send), short);
  await expectRefusal(platform, () => change(id, { amount: '10.5' }), {
    code: 'INSUFFICIENT_QUANTITY',
    details: { quantity: '6.5', available: '6' },
  });
  const [held] = (await call(handlers.portfolio.positions, { portfolioId })).items;
  expect(held).toMatchObject({
    quantity: '10',
    availableQuantity: '6',
    reservedQuantity: '4',
    avgCost: '10',
    costBasis: '100',
    lots: { count: 1 },
  });
});

describe('a hold that expires', () => {
  const soon = () => instantAfter(60_000);
  const instantAfter = (ms: number) => new Date(platform.clock.now().getTime() + ms).toISOString();

  test('is given back by a batch that may run twice, whole and once', async () => {
    const { id } = await place('400.00', { expiresAt: soon() });
    const { holdId } = await call(serve, { portfolioId, amount: '100', expiresAt: soon() });
    await call(consume, { portfolioId, holdId, amount: '30' });
    expect(await expire()).toEqual({ holds: 0 });
    platform.clock.advance(60_000);
    expect(await callAs(platform, systemActor('test'))(systemHandlers.portfolio.holdsDue, {})).toEqual({ due: true });
    const runs = await Promise.all([expire(), expire(), expire()]);
    expect(runs.reduce((sum, { holds }) => sum + holds, 0)).toBe(2);
    expect(await standing()).toBe('970 + 0');
    expect((await call(handlers.portfolio.holds, { portfolioId, show: 'all' })).items).toMatchObject([
      { id: holdId, status: 'EXPIRED', consumedAmount: '30', remainingAmount: '0' },
      { id, status: 'EXPIRED', consumedAmount: '0' },
    ]);
    const told = await platform.inspect<{ id: string }>(
      `SELECT payload->>'holdId' AS id FROM outbox WHERE name = 'portfolio.HoldExpired' AND aggregate_id = $1`,
      [portfolioId],
    );
    expect(told.map((row) => row.id).toSorted()).toEqual([id, holdId].toSorted());
  });

  test('serves nobody from its instant on, though it was not swept yet', async () => {
    const { holdId } = await call(serve, { portfolioId, amount: '100', expiresAt: soon() });
    platform.clock.advance(60_000);
    await expectRefusal(platform, () => call(consume, { portfolioId, holdId, amount: '1' }), {
      code: 'HOLD_ENDED',
      details: { holdId, status: 'EXPIRED' },
    });
    await expire();
    expect(await standing()).toBe('1000 + 0');
  });
});

describe('the database itself', () => {
  const asInvestor = (statement: string, id: string) =>
    database.as({ role: 'authenticated_user', userId }, (client) => client.query(statement, [id]));

  test('keeps an ended hold ended, and refuses more consumed than held', async () => {
    const { id } = await place('5.00');
    await expect(asInvestor('UPDATE holds SET consumed_amount = 6 WHERE id = $1', id)).rejects.toMatchObject({ code: '23514' });
    await expect(asInvestor('UPDATE holds SET consumed_amount = 5 WHERE id = $1', id)).rejects.toMatchObject({ code: '23514' });
    await expect(asInvestor(`UPDATE holds SET holder = 'ORDER' WHERE id = $1`, id)).rejects.toMatchObject({ code: '42501' });
    await release(id);
    await expect(asInvestor(`UPDATE holds SET status = 'ACTIVE' WHERE id = $1`, id)).rejects.toMatchObject({ code: '23514' });
  });
});

test('of 200 holds, withdrawals, transfers, exchanges and payments at once, with money for one, exactly one succeeds; each other is refused with its reason and audited', async () => {
  const { id: toPortfolioId } = await createPortfolio(database, { userId });
  await createRate(database, { from: 'EUR', to: 'USD', rate: '1.25', asOf: '2018-01-04T12:00:00Z' });
  const { id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' });
  const all = { portfolioId, amount: '1000.00', currency: 'USD' };
  const ways: readonly (() => Promise<unknown>)[] = [
    () => place('1000.00'),
    () => withdraw('1000.00'),
    () => call(handlers.cash.transfer, { fromPortfolioId: portfolioId, toPortfolioId, amount: '1000.00', currency: 'USD' }),
    () => call(handlers.cash.exchange, { portfolioId, from: 'USD', to: 'EUR', amount: '1000.00', atLeast: '796.00' }),
    () => call(handlers.cash.requestWithdrawal, { ...all, bankAccountId }),
  ];
  const attempts = await Promise.allSettled(Array.from({ length: 200 }, async (_, n) => ways[n % ways.length]?.()));
  const reasons = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
  expect(reasons).toHaveLength(199);
  for (const reason of reasons) expect(reason).toMatchObject({ code: 'INSUFFICIENT_CASH', details: { available: '0' } });
  const audits = await platform.inspect(
    `SELECT outcome, count(*)::int AS rows FROM audit_logs
     WHERE user_id = $1 AND use_case IN ('cash.withdraw', 'cash.transfer', 'portfolio.placeHold', 'cash.exchange', 'cash.requestWithdrawal') GROUP BY outcome ORDER BY outcome`,
    [userId],
  );
  expect(audits).toEqual([
    { outcome: 'ok', rows: 1 },
    { outcome: 'refused', rows: 199 },
  ]);
  const left = await platform.inspect(
    `SELECT (SELECT count(*)::int FROM holds WHERE user_id = $1) + (SELECT count(DISTINCT transaction_id)::int FROM postings WHERE user_id = $1 AND kind IN ('WITHDRAWAL', 'TRANSFER', 'EXCHANGE')) AS won`,
    [userId],
  );
  expect(left).toEqual([{ won: 1 }]);
}, 60_000);

test('after all of it balances follow from the postings, and what is reserved is what active holds keep', async () => {
  const check = () =>
    platform.executor.batch(systemHandlers.portfolio.checkLedger, {
      actor: systemActor('test'),
      origin: localOrigin(newId()),
      input: { runKey: newId() },
    });
  expect(await check()).toMatchObject({ differences: 0 });
  const { id } = await place('5.00');
  await platform.inspect('UPDATE holds SET amount = 4 WHERE id = $1', [id]);
  expect(await check()).toMatchObject({ differences: 1 });
});
