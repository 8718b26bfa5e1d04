import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
  withClient,
} from '@trii/testkit';
import type { BuiltInstrument, CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';
import { localOrigin, systemActor } from '../platform/index.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let userId: string;
let from: string;
let to: string;
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
  ({ id: from } = await createPortfolio(database, { userId }));
  ({ id: to } = await createPortfolio(database, { userId }));
  await call(handlers.cash.deposit, { portfolioId: from, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
});

const trade = (portfolioId: string, [quantity, price, fees]: readonly [string, string, string]) =>
  call(handlers.trading.recordTrade, {
    portfolioId,
    symbol: instrument.symbol,
    tradeType: 'BUY',
    quantity,
    price,
    fees,
    date: '2018-01-02',
  });
const cashTransfer = (amount: string, given: object = {}) =>
  call(handlers.cash.transfer, { fromPortfolioId: from, toPortfolioId: to, amount, currency: 'USD', ...given });
const holdingTransfer = (quantity: string, given: object = {}) =>
  call(handlers.portfolio.transferHolding, { fromPortfolioId: from, toPortfolioId: to, symbol: instrument.symbol, quantity, ...given });

describe('cash between own portfolios', () => {
  test('moves by one ledger transaction that sums to zero in each of them', async () => {
    const view = await cashTransfer('400.25', { memo: 'for later' });
    expect(view).toMatchObject({ amount: '400.25', fromCashBalance: '599.75', toCashBalance: '400.25', date: '2018-01-04' });
    const lines = await platform.inspect(
      'SELECT portfolio_id, kind, account, trim_scale(amount)::text AS amount FROM postings WHERE transaction_id = $1 ORDER BY line',
      [view.transactionId],
    );
    expect(lines).toEqual([
      { portfolio_id: from, kind: 'TRANSFER', account: 'cash', amount: '-400.25' },
      { portfolio_id: from, kind: 'TRANSFER', account: 'external', amount: '400.25' },
      { portfolio_id: to, kind: 'TRANSFER', account: 'cash', amount: '400.25' },
      { portfolio_id: to, kind: 'TRANSFER', account: 'external', amount: '-400.25' },
    ]);
    const { items } = await call(handlers.portfolio.activity, { portfolioId: to });
    expect(items).toEqual([expect.objectContaining({ kind: 'TRANSFER', cash: '400.25', memo: 'for later' })]);
  });

  test('is refused, and nothing written, where it cannot be', async () => {
    const euros = await createPortfolio(database, { userId, baseCurrency: 'EUR' });
    const foreign = await createPortfolio(database, { userId: (await createUser(database)).id });
    await expectRefusal(platform, () => cashTransfer('1.00', { toPortfolioId: from }), {
      code: 'SAME_PORTFOLIO',
      details: { portfolioId: from },
    });
    await expectRefusal(platform, () => cashTransfer('1.00', { toPortfolioId: foreign.id }), {
      code: 'NOT_FOUND',
      details: { portfolioId: foreign.id },
    });
    await expectRefusal(platform, () => cashTransfer('1.00', { fromPortfolioId: foreign.id }), {
      code: 'NOT_FOUND',
      details: { portfolioId: foreign.id },
    });
    await expectRefusal(platform, () => cashTransfer('1.00', { toPortfolioId: euros.id }), {
      code: 'CURRENCY_MISMATCH',
      details: { currency: 'USD', baseCurrency: 'EUR' },
    });
    await expectRefusal(platform, () => cashTransfer('1.00', { currency: 'EUR' }), {
      code: 'INSUFFICIENT_CASH',
      details: { amount: '1', currency: 'EUR', available: '0' },
    });
    await expectRefusal(platform, () => cashTransfer('1000.01'), {
      code: 'INSUFFICIENT_CASH',
      details: { amount: '1000.01', currency: 'USD', available: '1000' },
    });
    await call(handlers.portfolio.close, { portfolioId: to });
    await expectRefusal(platform, () => cashTransfer('1.00'), {
      code: 'PORTFOLIO_NOT_ACTIVE',
      details: { portfolioId: to, status: 'CLOSED' },
    });
  });

  test('is refused by the dates and the room of the portfolio that it goes to, too', async () => {
    const { id: young } = await createPortfolio(database, { userId, openedOn: '2018-01-04' });
    await expectRefusal(platform, () => cashTransfer('1.00', { toPortfolioId: young, date: '2018-01-03' }), {
      code: 'DATE_BEFORE_OPENING',
      details: { date: '2018-01-03', openedOn: '2018-01-04' },
    });
    await call(handlers.cash.deposit, { portfolioId: to, amount: '999999999999.00', currency: 'USD', date: '2018-01-03' });
    await expectRefusal(platform, () => cashTransfer('0.01', { date: '2018-01-02' }), {
      code: 'DATE_OUT_OF_ORDER',
      details: { date: '2018-01-02', lastEntryDate: '2018-01-03' },
    });
    await expectRefusal(platform, () => cashTransfer('1.00'), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'amount', problem: 'the cash balance would exceed 999999999999.99999999' }] },
    });
  });

  test('two portfolios that send to each other again and again never wait for each other, and no money is made', async () => {
    await cashTransfer('500.00');
    const back = () => cashTransfer('1.00', { fromPortfolioId: to, toPortfolioId: from });
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? cashTransfer('1.00') : back())));
    const rows = await platform.inspect('SELECT trim_scale(cash_balance)::text AS cash FROM portfolios WHERE id = ANY($1::uuid[])', [
      [from, to],
    ]);
    expect(rows).toEqual([{ cash: '500' }, { cash: '500' }]);
  });
});

describe('units in kind', () => {
  test('take their average cost along', async () => {
    // 10 at 10.00 with 1.00 fee and 10 at 30.00: 401 for 20 units, so 100.25 for 5 of them.
    await trade(from, ['10', '10.00', '1.00']);
    await trade(from, ['10', '30.00', '0.00']);
    expect(await holdingTransfer('5')).toMatchObject({ quantity: '5', cost: '100.25' });
    const held = await platform.inspect(
      `SELECT portfolio_id, trim_scale(quantity)::text AS quantity, trim_scale(cost_basis)::text AS cost FROM positions WHERE portfolio_id = ANY($1::uuid[])`,
      [[from, to]],
    );
    expect(held).toHaveLength(2);
    expect(held).toEqual(
      expect.arrayContaining([
        { portfolio_id: from, quantity: '15', cost: '300.75' },
        { portfolio_id: to, quantity: '5', cost: '100.25' },
      ]),
    );
    expect(
      await platform.inspect('SELECT DISTINCT realized_pnl::float8 AS gain FROM portfolios WHERE id = ANY($1::uuid[])', [[from, to]]),
    ).toEqual([{ gain: 0 }]);
    const lots = await call(handlers.portfolio.lots, { portfolioId: to, symbol: instrument.symbol });
    expect(lots).toMatchObject({ quantity: '5', openCost: '100.25', lots: [{ openedOn: '2018-01-04', quantity: '5', cost: '100.25' }] });
  });

  test('are split first in both portfolios, where they trade after a split on that day', async () => {
    const { id, symbol } = await createInstrument(database);
    const buy = (portfolioId: string, quantity: string) =>
      call(handlers.trading.recordTrade, {
        portfolioId,
        symbol,
        tradeType: 'BUY',
        quantity,
        price: '10.00',
        fees: '0',
        date: '2018-01-02',
      });
    await call(handlers.cash.deposit, { portfolioId: to, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
    await buy(from, '10');
    await buy(to, '3');
    const split = { symbol, kind: 'SPLIT', exDate: '2018-01-03', ratioFrom: 1, ratioTo: 2 } as const;
    await callAs(platform, operatorActor())(handlers.market.recordAction, split);
    expect(await holdingTransfer('15', { symbol })).toMatchObject({ quantity: '15', cost: '75' });
    const held = await platform.inspect(
      'SELECT portfolio_id, trim_scale(quantity)::text AS quantity, trim_scale(cost_basis)::text AS cost FROM positions WHERE instrument_id = $1',
      [id],
    );
    expect(new Set(held)).toEqual(
      new Set([
        { portfolio_id: from, quantity: '5', cost: '25' },
        { portfolio_id: to, quantity: '21', cost: '105' },
      ]),
    );
  });

  test('are refused where their cost would outgrow the books', async () => {
    for (const portfolioId of [from, to]) {
      await call(handlers.cash.deposit, { portfolioId, amount: '600000000000.00', currency: 'USD', date: '2018-01-02' });
      await trade(portfolioId, ['600000', '1000000.00', '0']);
    }
    await expectRefusal(platform, () => holdingTransfer('600000'), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'quantity', problem: 'the invested amount would exceed 999999999999.99999999' }] },
    });
  });

  test('are refused beyond what is there, and of an instrument that nobody listed', async () => {
    await trade(from, ['10', '10.00', '0.00']);
    await expectRefusal(platform, () => holdingTransfer('10.00000001'), {
      code: 'INSUFFICIENT_QUANTITY',
      details: { quantity: '10.00000001', available: '10' },
    });
    await expectRefusal(platform, () => holdingTransfer('1', { symbol: 'NOSUCH' }), { code: 'NOT_FOUND', details: { symbol: 'NOSUCH' } });
  });
});

test('the database refuses a transfer that is whole over both portfolios only', async () => {
  const insert = `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
    SELECT gen_random_uuid(), $1, line, $2, portfolio_id::uuid, 'cash', 'USD', amount, 'TRANSFER', '2018-01-04'
    FROM (VALUES (1, $3, -5), (2, $4, 5)) AS v (line, portfolio_id, amount)`;
  const moved = withClient(database.urls.admin, (client) => client.query(insert, [newId(), userId, from, to]));
  await expect(moved).rejects.toMatchObject({ code: 'TR001' });
});

test('of 200 withdrawals and transfers at once, with money for one, exactly one succeeds; each other is refused with its reason and audited', async () => {
  const attempts = await Promise.allSettled(
    Array.from({ length: 200 }, (_, n) =>
      n % 2 === 0
        ? cashTransfer('1000.00')
        : call(handlers.cash.withdraw, { portfolioId: from, amount: '1000.00', currency: 'USD', date: '2018-01-04' }),
    ),
  );
  const reasons = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
  expect(reasons).toHaveLength(199);
  for (const reason of reasons) expect(reason).toMatchObject({ code: 'INSUFFICIENT_CASH', details: { available: '0' } });
  const audits = await platform.inspect(
    `SELECT outcome, count(*)::int AS rows FROM audit_logs
     WHERE user_id = $1 AND use_case IN ('cash.withdraw', 'cash.transfer') GROUP BY outcome ORDER BY outcome`,
    [userId],
  );
  expect(audits).toEqual([
    { outcome: 'ok', rows: 1 },
    { outcome: 'refused', rows: 199 },
  ]);
  expect(await platform.inspect('SELECT trim_scale(cash_balance)::text AS cash FROM portfolios WHERE id = $1', [from])).toEqual([
    { cash: '0' },
  ]);
}, 60_000);

test('what is bought and sold at one price loses exactly the fees', async () => {
  await trade(from, ['7', '33.33', '1.25']);
  const sold = await call(handlers.trading.recordTrade, {
    portfolioId: from,
    symbol: instrument.symbol,
    tradeType: 'SELL',
    quantity: '7',
    price: '33.33',
    fees: '0.75',
    date: '2018-01-03',
  });
  expect(sold).toMatchObject({ cashBalance: '998', realizedPnl: '-2', positionQuantity: '0' });
});

test('after all of it every balance follows from the postings', async () => {
  const batch = { actor: systemActor('test'), origin: localOrigin(newId()), input: { runKey: newId() } };
  expect(await platform.executor.batch(systemHandlers.portfolio.checkLedger, batch)).toMatchObject({ differences: 0 });
});
