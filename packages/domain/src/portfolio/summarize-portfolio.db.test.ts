import { newId } from '@trii/kernel';
import {
  callAs,
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  post,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

const { summary } = handlers.portfolio;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let call: CallAs;
let portfolioId: string;

const valueAt = (date: string) => callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date });
const buy = (symbol: string, terms: { readonly quantity: string; readonly price: string; readonly fees?: string }) =>
  call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'BUY', date: '2018-01-03', ...terms });

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await valueAt('2018-01-10');
  userId = (await createUser(database)).id;
  call = callAs(platform, investorActor(userId));
});
beforeEach(async () => {
  const opened = await call(handlers.portfolio.open, { name: 'Retirement', openedOn: '2018-01-02' });
  portfolioId = opened.id;
  await call(handlers.cash.deposit, { portfolioId, amount: '1000', currency: 'USD', date: '2018-01-02' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

describe('the summary of a portfolio', () => {
  test('values positions at the newest close on or before the valuation date', async () => {
    const tracker = await createInstrument(database, { symbol: 'TRK' });
    const apple = await createInstrument(database, { symbol: 'AAPL' });
    await createDailyBars(database, tracker.id, { '2018-01-03': '50', '2018-01-09': '60', '2018-01-11': '999' });
    await createDailyBars(database, apple.id, { '2018-01-10': '160' });
    await buy('TRK', { quantity: '10', price: '50', fees: '1' });
    await buy('AAPL', { quantity: '0.5', price: '150' });
    // Cash 1,000 - 501 - 75 = 424. Values 10 x 60 = 600 and 0.5 x 160 = 80; 1,104 in all. Gains 600 - 501 = 99 and 80 - 75 = 5.
    expect(await call(summary, { portfolioId })).toEqual({
      id: portfolioId,
      name: 'Retirement',
      description: null,
      baseCurrency: 'USD',
      status: 'ACTIVE',
      dailyReturn: null,
      openedOn: '2018-01-02',
      valuationDate: '2018-01-10',
      lastEntryDate: '2018-01-03',
      cashBalance: '424',
      otherCash: [],
      rates: [],
      missingRates: [],
      accruedDividends: '0',
      dividendsDue: [],
      investedAmount: '576',
      realizedPnl: '0',
      unrealizedPnl: '104',
      totalValue: '1104',
      positions: [
        {
          instrumentId: apple.id,
          symbol: 'AAPL',
          name: 'AAPL',
          quantity: '0.5',
          avgCost: '150',
          costBasis: '75',
          currencyCode: 'USD',
          currentPrice: '160',
          priceDate: '2018-01-10',
          currentValue: '80',
          unrealizedPnl: '5',
          // 80 / 1,104 = 7.24637... %
          allocationPercentage: 7.2464,
        },
        {
          instrumentId: tracker.id,
          symbol: 'TRK',
          name: 'TRK',
          quantity: '10',
          avgCost: '50.1',
          costBasis: '501',
          currencyCode: 'USD',
          currentPrice: '60',
          priceDate: '2018-01-09',
          currentValue: '600',
          unrealizedPnl: '99',
          // 600 / 1,104 = 54.34782... %
          allocationPercentage: 54.3478,
        },
      ],
      performance: null,
    });
  });

  test('has no value for an instrument whose first close lies later, nor for the whole', async () => {
    const { id, symbol } = await createInstrument(database);
    await createDailyBars(database, id, { '2018-01-11': '12' });
    await buy(symbol, { quantity: '10', price: '10' });
    const view = await call(summary, { portfolioId });
    expect(view).toMatchObject({ cashBalance: '900', investedAmount: '100', totalValue: null, unrealizedPnl: null });
    expect(view.positions).toMatchObject([
      { symbol, currentPrice: null, priceDate: null, currentValue: null, unrealizedPnl: null, allocationPercentage: null },
    ]);
  });

  test('prefers the intraday rollup of a session to its daily bar, and the newer session to the older', async () => {
    const { id, symbol } = await createInstrument(database);
    await createDailyBars(database, id, { '2018-01-09': '10', '2018-01-10': '11' });
    const minute = (at: string, close: string) =>
      platform.inspect(
        'INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, $2, 9, 13, 9, $3, 1)',
        [id, at, close],
      );
    await buy(symbol, { quantity: '10', price: '10' });
    await minute('2018-01-08T20:59:00Z', '9.5');
    expect((await call(summary, { portfolioId })).positions).toMatchObject([{ currentPrice: '11', priceDate: '2018-01-10' }]);
    await minute('2018-01-10T20:59:00Z', '12.5');
    expect((await call(summary, { portfolioId })).positions).toMatchObject([
      { currentPrice: '12.5', priceDate: '2018-01-10', currentValue: '125' },
    ]);
  });

  test('takes no price in another currency for one of its own, and names the rate that is missing', async () => {
    const { id } = await createInstrument(database, { currencyCode: 'COP' });
    await createDailyBars(database, id, { '2018-01-09': '4000' });
    const lines = [
      { account: 'holding', asset: id, amount: '2', costBasis: '3' },
      { account: 'trading', asset: id, amount: '-2' },
    ];
    await post(database, { portfolio: { id: portfolioId, userId }, kind: 'TRANSFER', lines });
    expect(await call(summary, { portfolioId })).toMatchObject({
      totalValue: null,
      investedAmount: '3',
      positions: [{ quantity: '2', currencyCode: 'COP', currentPrice: '4000', currentValue: null, unrealizedPnl: null }],
      rates: [],
      missingRates: [{ from: 'COP', to: 'USD', at: '2018-01-10T21:00:00.000Z' }],
    });
  });

  test('leaves out what was sold to the last unit, and keeps what it gained', async () => {
    const { id, symbol } = await createInstrument(database);
    await createDailyBars(database, id, { '2018-01-03': '10' });
    await buy(symbol, { quantity: '10', price: '10' });
    await call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'SELL', quantity: '10', price: '12', date: '2018-01-04' });
    expect(await call(summary, { portfolioId })).toMatchObject({
      positions: [],
      cashBalance: '1020',
      investedAmount: '0',
      realizedPnl: '20',
      unrealizedPnl: '0',
      totalValue: '1020',
    });
  });

  test('counts what is reserved as held', async () => {
    const { id, symbol } = await createInstrument(database);
    await createDailyBars(database, id, { '2018-01-03': '10' });
    await buy(symbol, { quantity: '10', price: '10' });
    const transaction = newId();
    const line = `, $2, $3, $4, '2018-01-04', 'HOLD')`;
    await database.as({ role: 'authenticated_user', userId }, (client) =>
      client.query(
        `INSERT INTO postings (id, line, account, instrument_id, currency_code, amount, transaction_id, user_id, portfolio_id, effective_date, kind) VALUES
         (gen_random_uuid(), 1, 'holding', $1, NULL, -4${line}, (gen_random_uuid(), 2, 'reserved', $1, NULL, 4${line},
         (gen_random_uuid(), 3, 'cash', NULL, 'USD', -50${line}, (gen_random_uuid(), 4, 'reserved', NULL, 'USD', 50${line}`,
        [id, transaction, userId, portfolioId],
      ),
    );
    // 900 in cash, 50 of it reserved; 10 units at 10, four of them reserved.
    const view = await call(summary, { portfolioId });
    expect(view).toMatchObject({
      cashBalance: '850',
      totalValue: '1000',
      positions: [{ quantity: '10', currentValue: '100', avgCost: '10' }],
    });
    await expect(
      call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType: 'SELL', quantity: '7', price: '10', date: '2018-01-04' }),
    ).rejects.toMatchObject({ code: 'INSUFFICIENT_QUANTITY', details: { available: '6' } });
  });

  test('tells the performance of the newest snapshot that is not after the valuation date', async () => {
    await platform.inspect(
      `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return, total_return, volatility, sharpe_ratio, max_drawdown)
       VALUES (gen_random_uuid(), $1, $2, '2018-01-08', 1, 1, 0, 0.5, 0.5, 0.5, 0.5, 0.5),
              (gen_random_uuid(), $1, $2, '2018-01-09', 1, 1, 0, -0.0125, 0.03, 0.18, NULL, 0.0125),
              (gen_random_uuid(), $1, $2, '2018-01-11', 1, 1, 0, 0.9, 0.9, 0.9, 0.9, 0.9)`,
      [userId, portfolioId],
    );
    expect((await call(summary, { portfolioId })).performance).toEqual({
      snapshotDate: '2018-01-09',
      dailyReturn: -0.0125,
      totalReturn: 0.03,
      volatility: 0.18,
      sharpeRatio: null,
      maxDrawdown: 0.0125,
    });
  });

  test('tells what the session of the newest snapshot gained in money, flows apart, and nothing of a stale day', async () => {
    const write = (date: string, figures: readonly [total: string, inflow: string, outflow: string, fraction: string | null]) =>
      platform.inspect(
        `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, inflow, outflow, daily_return)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, 0, 0, $5, $6, $7)`,
        [userId, portfolioId, date, ...figures],
      );
    const gained = async () => (await call(summary, { portfolioId })).dailyReturn;
    await write('2018-01-05', ['1010', '1000', '0', '0.01']);
    expect(await gained()).toBe('10');
    // 1,200.5 at the end and 50 taken out, from 1,010 and 200 put in: 40.5 gained.
    await write('2018-01-08', ['1200.5', '200', '50', '0.0334']);
    expect(await gained()).toBe('40.5');
    await write('2018-01-09', ['1300', '0', '0', null]);
    expect(await gained()).toBeNull();
  });

  test('is NOT_FOUND to another investor and for an id that nobody has, alike', async () => {
    const other = callAs(platform, investorActor((await createUser(database)).id));
    const nowhere = newId();
    await expect(other(summary, { portfolioId })).rejects.toMatchObject({ code: 'NOT_FOUND', details: { portfolioId } });
    await expect(call(summary, { portfolioId: nowhere })).rejects.toMatchObject({ code: 'NOT_FOUND', details: { portfolioId: nowhere } });
  });

  test('is for nobody who is not signed in', async () => {
    await expect(callAs(platform, { kind: 'anonymous' })(summary, { portfolioId })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
