import {
  callAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
  type CallAs,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { newId, parseLocalDate } from '@trii/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlers } from '../../handlers.ts';
import { applyDueActions, ledgerDifferencesOf } from './actions.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
  await valueAt('2018-01-31');
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const valueAt = (date: string) => operator(handlers.platform.setValuationDate, { date: parseLocalDate(date) });

/** An investor whose portfolio has 10,000.00 and bought on 2 January; each with an instrument of their own. */
async function holder(quantity = '10', price = '70.00', closes: Readonly<Record<string, string>> = {}) {
  const instrument = await createInstrument(database);
  await createDailyBars(database, instrument.id, closes);
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'Retirement', openedOn: '2018-01-02' });
  await call(handlers.cash.deposit, { portfolioId, amount: '10000.00', currency: 'USD', date: '2018-01-02' });
  const { symbol } = instrument;
  const trade = (terms: Partial<typeof handlers.trading.recordTrade.declaration.example>) =>
    call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', quantity, price, date: '2018-01-02', ...terms });
  await trade({});
  const announce = (terms: Omit<typeof handlers.market.recordAction.declaration.example, 'symbol'>) =>
    operator(handlers.market.recordAction, { symbol, ...terms });
  const position = async (of = instrument.id) => {
    const [row] = await platform.inspect<{ quantity: string; cost: string; cash: string; gain: string }>(
      `SELECT trim_scale(q.quantity)::text AS quantity, trim_scale(q.cost_basis)::text AS cost, trim_scale(p.cash_balance)::text AS cash, trim_scale(p.realized_pnl)::text AS gain
       FROM positions q JOIN portfolios p ON p.id = q.portfolio_id WHERE q.portfolio_id = $1 AND q.instrument_id = $2`,
      [portfolioId, of],
    );
    return row;
  };
  const newest = async () => (await call(handlers.portfolio.activity, { portfolioId })).items[0];
  const lots = async (of = symbol) => {
    const found = await call(handlers.portfolio.lots, { portfolioId, symbol: of });
    return { ...found, lots: found.lots.map((lot) => `${lot.openedOn} ${lot.quantity} @ ${lot.cost}`) };
  };
  return { ...instrument, call, portfolioId, trade, announce, position, newest, lots };
}

describe('a dividend', () => {
  test('pays who held before the ex date, less tax, each rounded once, and not who came later', async () => {
    const { announce, trade, position, newest, call, portfolioId } = await holder('10', '70.00');
    await trade({ quantity: '5', price: '60.00', date: '2018-01-10' });
    await announce({ kind: 'DIVIDEND', exDate: '2018-01-10', payDate: '2018-01-24', amount: '0.5125', withholdingPct: 15 });
    expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
    // 10 x 0.5125 = 5.125, half-even 5.12; 15 % of it 0.768, 0.77. 10,000 - 700 - 300 + 4.35.
    expect(await newest()).toMatchObject({ kind: 'DIVIDEND', date: '2018-01-24', cash: '4.35', fees: '0.77', quantity: null });
    expect(await position()).toEqual({ quantity: '15', cost: '1000', cash: '9004.35', gain: '0' });
    expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 0 });
    const { items } = await call(handlers.portfolio.actions, { portfolioId });
    expect(items).toEqual([expect.objectContaining({ kind: 'DIVIDEND', status: 'APPLIED', quantity: '10', reason: null })]);
  });

  test('reinvested buys units at the close of the day it is paid, and all of it becomes their cost', async () => {
    const closes = { '2018-01-23': '50', '2018-01-24': '51.37' };
    const { announce, call, portfolioId, position, newest, lots } = await holder('100', '70.00', closes);
    await call(handlers.portfolio.setDividendChoice, { portfolioId, choice: 'REINVEST' });
    await announce({ kind: 'DIVIDEND', exDate: '2018-01-10', payDate: '2018-01-24', amount: '0.52' });
    await applyDueActions(platform);
    // 52.00 / 51.37 = 1.012263967...
    expect(await position()).toEqual({ quantity: '101.01226396', cost: '7052', cash: '3000', gain: '0' });
    expect(await newest()).toMatchObject({ kind: 'DIVIDEND', quantity: '1.01226396', cash: '0' });
    expect((await lots()).lots).toEqual(['2018-01-02 100 @ 7000', '2018-01-24 1.01226396 @ 52']);
  });

  test('to be reinvested waits for its price, and comes when that is there', async () => {
    const { id, announce, call, portfolioId, position } = await holder('100', '70.00');
    await call(handlers.portfolio.setDividendChoice, { portfolioId, choice: 'REINVEST' });
    await announce({ kind: 'DIVIDEND', exDate: '2018-01-10', amount: '0.50' });
    expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 1 });
    await createDailyBars(database, id, { '2018-01-11': '25' });
    expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
    expect(await position()).toMatchObject({ quantity: '102', cost: '7050' });
  });
});

describe('a split', () => {
  test('multiplies units, and leaves cost and cash', async () => {
    const { announce, position, newest, lots } = await holder('10', '70.00');
    await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 });
    await applyDueActions(platform);
    expect(await position()).toEqual({ quantity: '70', cost: '700', cash: '9300', gain: '0' });
    expect(await newest()).toMatchObject({ kind: 'SPLIT', date: '2018-01-04', quantity: '60', cash: '0' });
    expect((await lots()).lots).toEqual(['2018-01-02 70 @ 700']);
  });

  test('in reverse pays fractions in cash where the action says so, with their part of the cost', async () => {
    const { announce, trade, position, newest, lots } = await holder('17', '70.00');
    await trade({ quantity: '8', price: '60.00', date: '2018-01-03' });
    await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 10, ratioTo: 1, fractionPrice: '650.00' });
    await applyDueActions(platform);
    // 25 units at 1,190 + 480 = 1,670 become 2.5: 2 stay at 4/5 of the cost, half a unit leaves for 325.00 and cost 334.00.
    expect(await position()).toEqual({ quantity: '2', cost: '1336', cash: '8655', gain: '-9' });
    expect(await newest()).toMatchObject({ kind: 'SPLIT', quantity: '-23', cash: '325', realizedPnl: '-9' });
    // 17 and 8 became 1.7 and 0.8; the oldest leave first: 1.2 at 1,190 x 12/17 and 0.8.
    expect(await lots()).toMatchObject({ lots: ['2018-01-02 1.2 @ 840', '2018-01-03 0.8 @ 480'], openCost: '1320', purchasedCost: '1670' });
  });

  test('keeps fractions down to the eighth digit where nothing is said', async () => {
    const { announce, position } = await holder('10', '70.00');
    await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 3, ratioTo: 2 });
    await applyDueActions(platform);
    expect(await position()).toMatchObject({ quantity: '6.66666666', cost: '700' });
  });

  test('comes before a trade of its day or later, without waiting for the workers', async () => {
    const { announce, trade } = await holder('10', '70.00');
    await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 });
    const sold = await trade({ tradeType: 'SELL', quantity: '30', price: '11.00', date: '2018-01-05' });
    // 70 units at 700: 30 x 11 - 300.
    expect(sold).toMatchObject({ positionQuantity: '40', avgCost: '10', realizedPnl: '30' });
    expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 0 });
  });

  test('that others have behind them still comes to who records an earlier purchase later', async () => {
    const first = await holder('10', '70.00');
    await first.announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 });
    await applyDueActions(platform);
    const { id: late } = await first.call(handlers.portfolio.open, { name: 'Late', openedOn: '2018-01-02' });
    await first.call(handlers.cash.deposit, { portfolioId: late, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
    await first.trade({ portfolioId: late, quantity: '2', date: '2018-01-03' });
    expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
    const { items } = await first.call(handlers.portfolio.positions, { portfolioId: late });
    expect(items).toEqual([expect.objectContaining({ quantity: '14', costBasis: '140' })]);
    await expect(first.trade({ portfolioId: late, date: '2018-01-03' })).rejects.toMatchObject({ code: 'DATE_OUT_OF_ORDER' });
  });

  test('entered after a trade of a later day is not guessed at: it waits, with the reason', async () => {
    const { symbol, announce, trade, call, portfolioId, position } = await holder('10', '70.00');
    await trade({ quantity: '7', price: '11.00', date: '2018-01-05' });
    await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 });
    expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 1 });
    const { items } = await call(handlers.portfolio.actions, { portfolioId });
    expect(items).toEqual([expect.objectContaining({ status: 'BLOCKED', reason: 'LATER_ENTRIES' })]);
    await expectRefusal(platform, () => trade({ quantity: '1', date: '2018-01-08' }), {
      code: 'ACTION_PENDING',
      details: { symbol, kind: 'SPLIT', exDate: '2018-01-04', reason: 'LATER_ENTRIES' },
    });
    // Taken back, the trade is no longer in the way.
    const entry = (await call(handlers.portfolio.activity, { portfolioId })).items[0];
    await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId: entry?.transactionId ?? '', reason: 'before the split' });
    expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
    expect(await position()).toMatchObject({ quantity: '70', cost: '700' });
  });
});

test('a spin-off divides the cost by its ratio, and the total stays to the last digit', async () => {
  const child = await createInstrument(database);
  const { announce, position, newest, lots, call, portfolioId } = await holder('10', '70.01');
  await announce({ kind: 'SPIN_OFF', exDate: '2018-01-04', newSymbol: child.symbol, ratioFrom: 3, ratioTo: 1, costPart: 1, costWhole: 7 });
  await applyDueActions(platform);
  // 700.10 / 7 = 100.0142857142...; 10 / 3 units.
  expect(await position(child.id)).toMatchObject({ quantity: '3.33333333', cost: '100.01428571' });
  expect(await position()).toEqual({ quantity: '10', cost: '600.08571429', cash: '9299.9', gain: '0' });
  const entry = await newest();
  expect(entry).toMatchObject({ kind: 'JOURNAL', symbol: child.symbol, quantity: '3.33333333', cash: '0' });
  expect(await lots()).toMatchObject({ lots: ['2018-01-02 10 @ 600.08571429'], purchasedCost: '700.1', relievedCost: '100.01428571' });
  expect((await lots(child.symbol)).lots).toEqual(['2018-01-04 3.33333333 @ 100.01428571']);
  await expect(
    call(handlers.portfolio.reverseEntry, { portfolioId, transactionId: entry?.transactionId ?? '', reason: 'not wanted' }),
  ).rejects.toMatchObject({ code: 'NOT_REVERSIBLE' });
});

test('a delisting ends the position at its last price, and trading with it', async () => {
  const { announce, trade, position } = await holder('10', '70.00');
  await announce({ kind: 'DELISTING', exDate: '2018-01-04', amount: '1.25' });
  await applyDueActions(platform);
  expect(await position()).toEqual({ quantity: '0', cost: '0', cash: '9312.5', gain: '-687.5' });
  await expect(trade({ date: '2018-01-05' })).rejects.toMatchObject({ code: 'INSTRUMENT_NOT_TRADEABLE' });
  const worthless = await holder('10', '70.00');
  await worthless.announce({ kind: 'DELISTING', exDate: '2018-01-04' });
  await applyDueActions(platform);
  expect(await worthless.position()).toEqual({ quantity: '0', cost: '0', cash: '9300', gain: '-700' });
});

test('a new symbol is the same instrument: both names find it, and nobody else gets the old one', async () => {
  const { symbol, announce, trade, newest, call, portfolioId } = await holder('10', '70.00');
  const target = () => platform.inspect('SELECT allocation_target AS target FROM portfolios WHERE id = $1', [portfolioId]);
  await call(handlers.portfolio.setTarget, { portfolioId, allocationTarget: { [symbol]: 60 } });
  const newSymbol = `N${newId().slice(-10).toUpperCase()}`;
  await announce({ kind: 'SYMBOL_CHANGE', exDate: '2018-01-04', newSymbol });
  await applyDueActions(platform);
  expect(await target()).toEqual([{ target: { [newSymbol]: 60 } }]);
  expect(await trade({ symbol: newSymbol, date: '2018-01-05', quantity: '1' })).toMatchObject({ positionQuantity: '11' });
  expect(await trade({ symbol, date: '2018-01-05', quantity: '1' })).toMatchObject({ positionQuantity: '12' });
  expect(await newest()).toMatchObject({ symbol: newSymbol });
  const { items } = await call(handlers.market.actions, { symbol });
  expect(items).toEqual([expect.objectContaining({ symbol: newSymbol, oldSymbol: symbol, newSymbol, status: 'APPLIED' })]);
  const listing = { symbol, name: 'Another', type: 'STOCK' as const, exchangeCode: 'XNYS' as const, currencyCode: 'USD' };
  await expect(operator(handlers.market.listInstrument, listing)).rejects.toMatchObject({ code: 'SYMBOL_TAKEN' });
});

test('an action is entered once, and taken back only before its day', async () => {
  const { announce } = await holder();
  const split = { kind: 'SPLIT', exDate: '2018-02-20', ratioFrom: 1, ratioTo: 2 } as const;
  const { id: actionId } = await announce(split);
  await expect(announce({ ...split, ratioTo: 3 })).rejects.toMatchObject({ code: 'ACTION_EXISTS' });
  expect(await operator(handlers.market.cancelAction, { actionId })).toMatchObject({ status: 'CANCELLED' });
  await expect(operator(handlers.market.cancelAction, { actionId })).rejects.toMatchObject({ code: 'ACTION_IN_EFFECT' });
  await announce({ ...split, ratioTo: 3 });
  await expect(announce({ kind: 'DIVIDEND', exDate: '2018-01-04', ratioTo: 3 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'amount' }, { path: 'ratioTo' }] },
  });
});

test('after all that the ledger says what is stored', async () => {
  expect(await ledgerDifferencesOf(platform)).toBe(0);
});
