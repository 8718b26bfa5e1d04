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
import { newId, parseLocalDate, seededRandom } from '@trii/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';
import { applyDueActions, ledgerDifferencesOf } from './actions.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
  await operator(handlers.platform.setValuationDate, { date: parseLocalDate('2018-01-31') });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

type Terms = Omit<typeof handlers.market.recordAction.declaration.example, 'symbol'>;

/** Bought on 2 January in two lots beside what is left of 10,000.00; the instrument is the portfolio's own. */
async function holder(quantity = '10') {
  const instrument = await createInstrument(database);
  await createDailyBars(database, instrument.id, { '2018-01-02': '70', '2018-01-31': '71' });
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'Retirement', openedOn: '2018-01-02' });
  await call(handlers.cash.deposit, { portfolioId, amount: '10000.00', currency: 'USD', date: '2018-01-02' });
  const { symbol } = instrument;
  const trade = (terms: Partial<typeof handlers.trading.recordTrade.declaration.example>) =>
    call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', quantity, price: '70.00', date: '2018-01-02', ...terms });
  await trade({});
  await trade({ quantity: '3', price: '64.10' });
  const announce = async (terms: Terms) => (await operator(handlers.market.recordAction, { symbol, ...terms })).id;
  /** Everything that is told of the portfolio, but the dates of what was written last. */
  const standing = async () => {
    const { cashBalance, investedAmount, realizedPnl, totalValue, dividendsDue, positions } = await call(handlers.portfolio.summary, {
      portfolioId,
    });
    const lots = await Promise.all(
      positions.map(async (held) => (await call(handlers.portfolio.lots, { portfolioId, symbol: held.symbol })).lots),
    );
    return { cashBalance, investedAmount, realizedPnl, totalValue, dividendsDue, positions, lots };
  };
  return { ...instrument, call, portfolioId, trade, announce, standing };
}

const takeBack = (actionId: string) =>
  platform.executor.run(systemHandlers.portfolio.takeBackAction, {
    actor: systemActor('test'),
    origin: localOrigin(newId()),
    input: { actionId, reason: 'wrong terms' },
    idempotencyKey: newId(),
  });
const refused = (actionId: string, code: 'ACTION_BUILT_UPON' | 'ACTION_IN_EFFECT', details: Record<string, unknown>) =>
  expectRefusal(platform, () => takeBack(actionId), { code, details });

describe('an action that is taken back', () => {
  test('leaves everything as it was before, whatever it was, and may be entered anew in the right terms', async () => {
    const random = seededRandom(20_261_124);
    const child = await createInstrument(database);
    const kinds: readonly (() => Terms)[] = [
      () => ({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: random.integer(1, 9), ratioTo: random.integer(10, 19) }),
      () => ({
        kind: 'SPLIT',
        exDate: '2018-01-04',
        ratioFrom: random.integer(5, 9),
        ratioTo: random.integer(1, 4),
        fractionPrice: '99.99',
      }),
      () => ({ kind: 'DIVIDEND', exDate: '2018-01-04', payDate: '2018-01-20', amount: `0.${random.integer(1, 9999)}`, withholdingPct: 15 }),
      () => ({ kind: 'DELISTING', exDate: '2018-01-04', amount: `${random.integer(0, 99)}` }),
      () => ({
        kind: 'SPIN_OFF',
        exDate: '2018-01-04',
        newSymbol: child.symbol,
        ratioFrom: random.integer(1, 9),
        ratioTo: random.integer(1, 9),
        costPart: random.integer(1, 4),
        costWhole: random.integer(5, 9),
      }),
    ];
    for (const termsOf of kinds) {
      const { announce, standing, call, portfolioId } = await holder(`${random.integer(1, 900_000) / 10_000}`);
      if (random.integer(0, 1) === 0) await call(handlers.portfolio.setDividendChoice, { portfolioId, choice: 'REINVEST' });
      const before = await standing();
      const [wrong, right] = [termsOf(), termsOf()];
      const actionId = await announce(wrong);
      expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
      const [entry] = (await call(handlers.portfolio.ledger, { portfolioId })).items;
      expect(await takeBack(actionId)).toEqual({ actionId, portfolios: 1 });
      expect(await standing()).toEqual(before);
      const [reversal] = (await call(handlers.portfolio.ledger, { portfolioId })).items;
      expect(reversal).toMatchObject({ kind: 'REVERSAL', date: entry?.date, reverses: entry?.transactionId, memo: 'wrong terms' });
      expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 0 });
      await announce(right);
      expect(await applyDueActions(platform)).toEqual({ applied: 1, blocked: 0 });
      await refused(actionId, 'ACTION_IN_EFFECT', { actionId, status: 'CANCELLED', exDate: '2018-01-04' });
    }
    expect(await ledgerDifferencesOf(platform)).toBe(0);
  });

  test('before it reached anybody reaches nobody', async () => {
    const { announce, standing } = await holder();
    const before = await standing();
    const actionId = await announce({ kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 });
    expect(await takeBack(actionId)).toEqual({ actionId, portfolios: 0 });
    expect(await applyDueActions(platform)).toEqual({ applied: 0, blocked: 0 });
    expect(await standing()).toEqual(before);
  });

  test('gives an instrument its old symbol, and trade again', async () => {
    const { announce, trade, symbol } = await holder();
    const newSymbol = `N${newId().slice(-10).toUpperCase()}`;
    const actionId = await announce({ kind: 'SYMBOL_CHANGE', exDate: '2018-01-04', newSymbol });
    await applyDueActions(platform);
    await takeBack(actionId);
    expect(await trade({ symbol, date: '2018-01-05' })).toMatchObject({ symbol });
    await expect(trade({ symbol: newSymbol, date: '2018-01-05' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('is refused, and everything stays, where', () => {
  const split: Terms = { kind: 'SPLIT', exDate: '2018-01-04', ratioFrom: 1, ratioTo: 7 };
  const inOne = (actionId: string, portfolioId: string, reason: string) => ({
    actionId,
    portfolios: 1,
    problems: [{ portfolioId, reason }],
  });

  test('the units were traded later', async () => {
    const { announce, trade, portfolioId, standing, call } = await holder();
    const actionId = await announce(split);
    const sold = await trade({ tradeType: 'SELL', quantity: '30', price: '11.00', date: '2018-01-05' });
    const before = await standing();
    await refused(actionId, 'ACTION_BUILT_UPON', inOne(actionId, portfolioId, 'LATER_ENTRIES'));
    expect(await standing()).toEqual(before);
    // Once the trade is taken back nothing builds on it any more.
    await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId: sold.transactionId, reason: 'too' });
    expect(await takeBack(actionId)).toEqual({ actionId, portfolios: 1 });
  });

  test('a later dividend was reckoned for the units', async () => {
    const { announce, portfolioId } = await holder();
    const actionId = await announce(split);
    const dividend = await announce({ kind: 'DIVIDEND', exDate: '2018-01-08', amount: '0.10' });
    await applyDueActions(platform);
    await refused(actionId, 'ACTION_BUILT_UPON', inOne(actionId, portfolioId, 'LATER_ENTRIES'));
    expect(await takeBack(dividend)).toEqual({ actionId: dividend, portfolios: 1 });
    expect(await takeBack(actionId)).toEqual({ actionId, portfolios: 1 });
  });

  test('units are reserved, or what was paid is spent', async () => {
    const { announce, portfolioId, call, symbol } = await holder();
    const actionId = await announce(split);
    const dividend = await announce({ kind: 'DIVIDEND', exDate: '2018-01-03', amount: '0.10' });
    await applyDueActions(platform);
    await call(handlers.portfolio.placeHold, { portfolioId, symbol, amount: '1', reason: 'pledged' });
    await refused(actionId, 'ACTION_BUILT_UPON', inOne(actionId, portfolioId, 'UNITS_RESERVED'));
    const { cashBalance } = await call(handlers.portfolio.summary, { portfolioId });
    await call(handlers.cash.withdraw, { portfolioId, amount: cashBalance, currency: 'USD' });
    await refused(dividend, 'ACTION_BUILT_UPON', inOne(dividend, portfolioId, 'CASH_SPENT'));
  });
});
