import { handlers } from '../handlers.ts';
import { newId } from '@trii/kernel';
import {
  callAs,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  footprint,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { BuiltInstrument, CallAs, ExpectedRefusal, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const { recordTrade } = handlers.trading;
const { deposit, withdraw } = handlers.cash;

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let tracker: BuiltInstrument;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  tracker = await createInstrument(database, { symbol: 'TRK' });
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

type Terms = Partial<typeof recordTrade.declaration.example>;
const trade = (terms: Terms) => ({
  portfolioId,
  symbol: 'TRK',
  tradeType: 'BUY' as const,
  quantity: '1',
  price: '10',
  date: '2018-01-03',
  ...terms,
});
const record = (terms: Terms, key?: string) => call(recordTrade, trade(terms), key);
const fund = (amount: string) => call(deposit, { portfolioId, amount, currency: 'USD', date: '2018-01-02' });
const refused = (terms: Terms, expected: ExpectedRefusal) => expectRefusal(platform, () => record(terms), expected);
const projections = async () => {
  const [row] = await platform.inspect(
    `SELECT p.cash_balance, p.invested_amount, p.realized_pnl, q.quantity, q.cost_basis, q.avg_cost
     FROM portfolios p LEFT JOIN positions q ON q.portfolio_id = p.id WHERE p.id = $1`,
    [portfolioId],
  );
  return row;
};

describe('a history of trades, computed by hand', () => {
  test('keeps cash, average cost and realised gain to the cent', async () => {
    await fund('10000');
    // Cost 10 x 100.00 + 1.00 = 1,001.00; cash 10,000.00 - 1,001.00 = 8,999.00; average 100.10.
    const first = await record({ quantity: '10', price: '100.00', fees: '1.00', date: '2018-01-03' });
    expect(first).toEqual({
      tradeId: expect.any(String),
      transactionId: expect.any(String),
      currency: 'USD',
      baseRate: null,
      portfolioId,
      symbol: 'TRK',
      tradeType: 'BUY',
      quantity: '10',
      price: '100',
      totalAmount: '1000',
      fees: '1',
      date: '2018-01-03',
      cashBalance: '8999',
      positionQuantity: '10',
      avgCost: '100.1',
      realizedPnl: '0',
    });
    // Cost 1,001.00 + 5 x 120.00 + 1.00 = 1,602.00 for 15: average 106.80; cash 8,999.00 - 601.00 = 8,398.00.
    const second = await record({ quantity: '5', price: '120', fees: '1', date: '2018-01-04' });
    expect(second).toMatchObject({ cashBalance: '8398', positionQuantity: '15', avgCost: '106.8', realizedPnl: '0' });
    // Proceeds 6 x 130.00 - 2.00 = 778.00; cost removed 6 x 106.80 = 640.80; gain 137.20; cash 9,176.00; the average stays.
    const sold = await record({ tradeType: 'SELL', quantity: '6', price: '130', fees: '2', date: '2018-01-05' });
    expect(sold).toMatchObject({ totalAmount: '780', cashBalance: '9176', positionQuantity: '9', avgCost: '106.8', realizedPnl: '137.2' });
    // 9,176.00 - 1,176.00 = 8,000.00. Left: 9 units at 1,602.00 - 640.80 = 961.20.
    await call(withdraw, { portfolioId, amount: '1176', currency: 'USD', date: '2018-01-08' });
    expect(await projections()).toEqual({
      cash_balance: '8000.00000000',
      invested_amount: '961.20000000',
      realized_pnl: '137.20000000',
      quantity: '9.00000000',
      cost_basis: '961.20000000',
      avg_cost: '106.80000000',
    });
    // Proceeds 9 x 100.00 - 0.50 = 899.50; cost removed 961.20, all of it; loss 61.70; cash 8,899.50.
    const last = await record({ tradeType: 'SELL', quantity: '9', price: '100', fees: '0.50', date: '2018-01-09' });
    expect(last).toMatchObject({ cashBalance: '8899.5', positionQuantity: '0', avgCost: '0', realizedPnl: '-61.7' });
    // Gains 137.20 - 61.70 = 75.50, and cash 10,000.00 - 1,176.00 + 75.50 = 8,899.50.
    expect(await projections()).toMatchObject({
      cash_balance: '8899.50000000',
      realized_pnl: '75.50000000',
      quantity: '0.00000000',
      cost_basis: '0.00000000',
    });
  });

  test('writes trade, fill and postings that agree', async () => {
    await fund('1000');
    const bought = await record({ quantity: '3', price: '99.99', fees: '1.50' });
    const ids = { portfolio_id: portfolioId, instrument_id: tracker.id };
    const [row] = await platform.inspect(
      `SELECT id, portfolio_id, instrument_id, order_id, trade_type, order_type, quantity, price, total_amount, fees, commission, status, order_state, filled_quantity,
         execution_venue, executed_at = order_placed_at AS placed_then, executed_at FROM trades WHERE id = $1`,
      [bought.tradeId],
    );
    expect(row).toEqual({
      ...ids,
      id: bought.tradeId,
      order_id: `rec-${bought.tradeId}`,
      trade_type: 'BUY',
      order_type: 'MARKET',
      quantity: '3.00000000',
      price: '99.99000000',
      total_amount: '299.97000000',
      fees: '1.50000000',
      commission: '0.00000000',
      status: 'EXECUTED',
      order_state: 'FILLED',
      filled_quantity: '3.00000000',
      execution_venue: null,
      placed_then: true,
      // 16:00 in New York in winter.
      executed_at: new Date('2018-01-03T21:00:00Z'),
    });
    const fills = await platform.inspect('SELECT trade_id, quantity, price, fees, filled_at FROM fills WHERE portfolio_id = $1', [
      portfolioId,
    ]);
    expect(fills).toEqual([
      {
        trade_id: bought.tradeId,
        quantity: '3.00000000',
        price: '99.99000000',
        fees: '1.50000000',
        filled_at: new Date('2018-01-03T21:00:00Z'),
      },
    ]);
    const lines = await platform.inspect(
      `SELECT account, coalesce(currency_code, 'units') AS asset, amount, cost_basis, realized_pnl, trade_id = $2 AS of_trade FROM postings
       WHERE transaction_id = $1 ORDER BY line`,
      [bought.transactionId, bought.tradeId],
    );
    const line = { cost_basis: null, realized_pnl: null, of_trade: true };
    // 3 x 99.99 = 299.97; with 1.50 it costs 301.47.
    expect(lines).toEqual([
      { ...line, account: 'cash', asset: 'USD', amount: '-301.47000000' },
      { ...line, account: 'trading', asset: 'USD', amount: '299.97000000' },
      { ...line, account: 'fees', asset: 'USD', amount: '1.50000000' },
      { ...line, account: 'trading', asset: 'units', amount: '-3.00000000' },
      { ...line, account: 'holding', asset: 'units', amount: '3.00000000', cost_basis: '301.47000000' },
    ]);
  });

  test('tells of the trade and of the ledger, with ids only', async () => {
    await fund('1000');
    const { tradeId, transactionId } = await record({});
    const events = await platform.inspect('SELECT name, payload FROM outbox WHERE aggregate_id = $1 ORDER BY sequence OFFSET 2', [
      portfolioId,
    ]);
    expect(events).toEqual([
      { name: 'portfolio.LedgerPosted', payload: { portfolioId, transactionId, effectiveDate: '2018-01-03' } },
      { name: 'trading.TradeRecorded', payload: { portfolioId, tradeId, transactionId } },
    ]);
  });

  test('takes fractions of a unit, rounding cash once', async () => {
    await fund('100');
    // 0.33333333 x 17.77 = 5.9233332741: 5.92 paid. Average 5.92 / 0.33333333 = 17.7600001776...
    const bought = await record({ quantity: '0.33333333', price: '17.77' });
    expect(bought).toMatchObject({ totalAmount: '5.92', cashBalance: '94.08', positionQuantity: '0.33333333', avgCost: '17.76000018' });
    const sold = await record({ tradeType: 'SELL', quantity: '0.33333333', price: '17.77' });
    expect(sold).toMatchObject({ cashBalance: '100', positionQuantity: '0', realizedPnl: '0' });
  });

  test('sells for less than its fee when cash can pay the difference', async () => {
    await fund('100');
    await record({ quantity: '1', price: '10' });
    // 100 - 10 + 0.50 - 0.75 = 89.75; gain 0.50 - 0.75 - 10 = -10.25.
    expect(await record({ tradeType: 'SELL', quantity: '1', price: '0.50', fees: '0.75' })).toMatchObject({
      cashBalance: '89.75',
      realizedPnl: '-10.25',
    });
  });
});

describe('a trade is refused, and only the audit knows of it', () => {
  test('without the cash for price and fee', async () => {
    await fund('100');
    await refused(
      { quantity: '10', price: '10', fees: '0.01' },
      { code: 'INSUFFICIENT_CASH', details: { amount: '100.01', currency: 'USD', available: '100' } },
    );
    expect(await record({ quantity: '10', price: '9.99', fees: '0.10' })).toMatchObject({ cashBalance: '0' });
  });

  test('without the quantity, which is told', async () => {
    await refused({ tradeType: 'SELL' }, { code: 'INSUFFICIENT_QUANTITY', details: { quantity: '1', available: '0' } });
    await fund('100');
    await record({ quantity: '2.5' });
    await refused(
      { tradeType: 'SELL', quantity: '2.50000001' },
      { code: 'INSUFFICIENT_QUANTITY', details: { quantity: '2.50000001', available: '2.5' } },
    );
  });

  test("when a sale's fee eats more than proceeds and cash", async () => {
    await fund('10');
    await record({ quantity: '1', price: '10' });
    await refused(
      { tradeType: 'SELL', quantity: '1', price: '1', fees: '1.01' },
      { code: 'INSUFFICIENT_CASH', details: { amount: '0.01', currency: 'USD', available: '0' } },
    );
  });

  test('in an instrument that is not listed, not tradeable or without a calendar', async () => {
    await refused({ symbol: 'NONE' }, { code: 'NOT_FOUND', details: { symbol: 'NONE' } });
    const halted = await createInstrument(database);
    await platform.inspect('UPDATE instruments SET is_tradeable = false WHERE id = $1', [halted.id]);
    await refused({ symbol: halted.symbol }, { code: 'INSTRUMENT_NOT_TRADEABLE', details: { symbol: halted.symbol } });
    const elsewhere = await createInstrument(database, { exchangeCode: 'XLON' });
    await refused(
      { symbol: elsewhere.symbol },
      { code: 'INSTRUMENT_NOT_TRADEABLE', details: { symbol: elsewhere.symbol, exchangeCode: 'XLON' } },
    );
  });

  test('in a currency without a rate to book it by, naming pair and moment', async () => {
    const { symbol } = await createInstrument(database, { exchangeCode: 'XBOG', currencyCode: 'COP' });
    await refused({ symbol }, { code: 'FX_RATE_MISSING', details: { from: 'COP', to: 'USD', at: '2018-01-03T21:00:00.000Z' } });
  });

  test('on a day without a session: a Saturday, a holiday, a date its calendar does not know', async () => {
    await refused({ date: '2018-01-06' }, { code: 'NOT_A_SESSION', details: { calendar: 'XNYS', date: '2018-01-06' } });
    await refused({ date: '2018-01-15' }, { code: 'NOT_A_SESSION', details: { calendar: 'XNYS', date: '2018-01-15' } });
    const { symbol } = await createInstrument(database, { exchangeCode: 'XBOG' });
    const old = await call(handlers.portfolio.open, { name: 'Old', openedOn: '1995-01-02' });
    await refused(
      { portfolioId: old.id, symbol, date: '1999-01-04' },
      { code: 'NOT_A_SESSION', details: { calendar: 'XBOG', date: '1999-01-04', firstDate: '2001-07-03', lastDate: '2100-12-31' } },
    );
  });

  test('out of the order of dates, after the valuation date, before the opening', async () => {
    await refused({ date: '2018-05-29' }, { code: 'DATE_IN_FUTURE', details: { date: '2018-05-29', valuationDate: '2018-05-25' } });
    await refused({ date: '2017-12-29' }, { code: 'DATE_BEFORE_OPENING', details: { date: '2017-12-29', openedOn: '2018-01-02' } });
    await fund('100');
    await record({ date: '2018-02-01' });
    await refused({ date: '2018-01-31' }, { code: 'DATE_OUT_OF_ORDER', details: { date: '2018-01-31', lastEntryDate: '2018-02-01' } });
  });

  test('with a fee finer than a cent, or worth less than one', async () => {
    const issue = (path: string, problem: string): ExpectedRefusal => ({ code: 'INVALID_INPUT', details: { issues: [{ path, problem }] } });
    await refused({ fees: '0.001' }, issue('fees', 'USD has at most 2 digits after the point'));
    // 0.0005 x 10 = 0.005, a tie: to the even 0.00.
    await refused({ quantity: '0.0005', price: '10' }, issue('quantity', 'at this price worth less than the smallest unit of USD'));
  });

  test('when a figure would outgrow its column', async () => {
    await fund('999999999999');
    await record({ quantity: '1', price: '1' });
    const tooMuch = (problem: string): ExpectedRefusal => ({
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'quantity', problem: `${problem} would exceed 999999999999.99999999` }] },
    });
    await refused({ tradeType: 'SELL', price: '999999999999.9' }, tooMuch('the cash balance'));
    await refused({ tradeType: 'SELL', price: '1000000', quantity: '1', fees: '0' }, tooMuch('the cash balance'));
    // 0.00000001 for 100,000.00: 10,000,000,000,000.00 a unit.
    const { symbol } = await createInstrument(database);
    await refused({ symbol, quantity: '0.00000001', price: '1000000', fees: '99999.99' }, tooMuch('the average cost'));
  });

  test('when it is itself larger than any amount, although its fee brings the cash back into bounds', async () => {
    await fund('10');
    await record({ quantity: '1.5', price: '1' });
    await refused(
      { tradeType: 'SELL', quantity: '1.5', price: '999999999999', fees: '999999999999' },
      { code: 'INVALID_INPUT', details: { issues: [{ path: 'quantity', problem: 'the trade would exceed 999999999999.99999999' }] } },
    );
  });

  test('in a portfolio that is not active or not there', async () => {
    await platform.inspect("UPDATE portfolios SET status = 'CLOSED' WHERE id = $1", [portfolioId]);
    await refused({}, { code: 'PORTFOLIO_NOT_ACTIVE', details: { portfolioId, status: 'CLOSED' } });
    const nowhere = newId();
    await refused({ portfolioId: nowhere }, { code: 'NOT_FOUND', details: { portfolioId: nowhere } });
  });

  test('by another investor, to whom the portfolio does not exist', async () => {
    await fund('100');
    const other = callAs(platform, investorActor((await createUser(database)).id));
    await expectRefusal(platform, () => other(recordTrade, trade({})), { code: 'NOT_FOUND', details: { portfolioId } });
  });
});

test('a session without the permission to trade is turned away', async () => {
  const reader = callAs(platform, investorActor((await createUser(database)).id, ['read', 'write']));
  await expect(reader(recordTrade, trade({}))).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('a malformed trade is turned away at the door', async () => {
  const bad: Terms[] = [
    { quantity: '0' },
    { quantity: '-1' },
    { quantity: '0.000000001' },
    { price: '1e3' },
    { fees: '-0.01' },
    { date: '2018-02-30' },
    { date: '0000-01-01' },
  ];
  for (const terms of bad) await expect(record(terms), JSON.stringify(terms)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('a trade repeated with its key is recorded once', async () => {
  await fund('100');
  const key = newId();
  const first = await record({}, key);
  const before = await footprint(platform);
  expect(await record({}, key)).toEqual(first);
  await expect(record({ quantity: '2' }, key)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  expect(await footprint(platform)).toEqual(before);
});

test('of ten sales at the same time only as many succeed as there are units', async () => {
  await fund('100');
  await record({ quantity: '3', price: '10' });
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => record({ tradeType: 'SELL', quantity: '1', price: '10' })));
  const refusals = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refusals).toHaveLength(7);
  for (const reason of refusals) expect(reason).toMatchObject({ code: 'INSUFFICIENT_QUANTITY', details: { available: '0' } });
  expect(await projections()).toMatchObject({
    cash_balance: '100.00000000',
    quantity: '0.00000000',
    cost_basis: '0.00000000',
    realized_pnl: '0.00000000',
  });
});

test('nothing above was an internal error', () => {
  expect(platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
