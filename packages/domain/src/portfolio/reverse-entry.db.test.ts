import {
  callAs,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { BuiltInstrument, CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import type { ErrorCode } from '@trii/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

const { reverseEntry, ledger } = handlers.portfolio;
const { deposit, withdraw } = handlers.cash;

let database: TestDatabase;
let platform: TestPlatform;
let instrument: BuiltInstrument;
let call: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  instrument = await createInstrument(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
  call = callAs(platform, investorActor((await createUser(database)).id));
});
beforeEach(async () => {
  portfolioId = (await call(handlers.portfolio.open, { name: 'Corrections', openedOn: '2018-01-02' })).id;
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const put = async (amount: string) => (await call(deposit, { portfolioId, amount, currency: 'USD', date: '2018-01-03' })).transactionId;
const deal = async (tradeType: 'BUY' | 'SELL', quantity: string, price: string) => {
  const terms = { portfolioId, symbol: instrument.symbol, tradeType, quantity, price, fees: '1.00', date: '2018-01-04' };
  return (await call(handlers.trading.recordTrade, terms)).transactionId;
};
const reverse = async (transactionId: string) => call(reverseEntry, { portfolioId, transactionId, reason: 'entered by mistake' });

const refused = (attempt: () => Promise<unknown>, code: ErrorCode, details: Record<string, unknown>) =>
  expectRefusal(platform, attempt, { code, details });

/** Every figure that the ledger keeps of the portfolio. */
const standing = async () =>
  platform.inspect(
    `SELECT p.cash_balance, p.reserved_cash, p.invested_amount, p.realized_pnl, q.quantity, q.reserved_quantity, q.cost_basis, q.avg_cost
     FROM portfolios p LEFT JOIN positions q ON q.portfolio_id = p.id AND q.quantity <> 0 WHERE p.id = $1`,
    [portfolioId],
  );

describe('a ledger transaction that is taken back', () => {
  test('leaves every balance, cost and gain as it was before', async () => {
    await put('1000.00');
    const empty = await standing();
    const purchase = await deal('BUY', '3', '33.33');
    const held = await standing();
    const sale = await deal('SELL', '1', '40.00');
    await reverse(sale);
    expect(await standing()).toEqual(held);
    const view = await reverse(purchase);
    expect(await standing()).toEqual(empty);
    expect(view).toMatchObject({ reverses: purchase, date: '2018-05-25', cashBalance: '1000' });
  });

  test('stands in the ledger beside its opposite, each naming the other', async () => {
    const money = await put('10.00');
    const { transactionId } = await reverse(money);
    const { items } = await call(ledger, { portfolioId });
    expect(items).toMatchObject([
      { transactionId, kind: 'REVERSAL', reverses: money, memo: 'entered by mistake', lines: [{ amount: '-10' }, { amount: '10' }] },
      { transactionId: money, kind: 'DEPOSIT', reversedBy: transactionId, lines: [{ amount: '10' }, { amount: '-10' }] },
    ]);
  });

  test('is not taken back twice, nor is what took it back', async () => {
    const money = await put('10.00');
    const { transactionId } = await reverse(money);
    await refused(() => reverse(money), 'ALREADY_REVERSED', { transactionId: money, reversedBy: transactionId });
    await refused(() => reverse(transactionId), 'NOT_REVERSIBLE', { transactionId, kind: 'REVERSAL' });
  });

  test('of two at once one goes through', async () => {
    const money = await put('10.00');
    const results = await Promise.allSettled([reverse(money), reverse(money), reverse(money)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await standing()).toMatchObject([{ cash_balance: '0.00000000' }]);
  });

  test('must not carry anything later: the later ones go first', async () => {
    await put('1000.00');
    const first = await deal('BUY', '2', '10.00');
    const second = await deal('BUY', '1', '20.00');
    await refused(() => reverse(first), 'NOT_REVERSIBLE', { transactionId: first, laterTransactionId: second, symbol: instrument.symbol });
    await reverse(second);
    await reverse(first);
    expect(await standing()).toMatchObject([{ cash_balance: '1000.00000000', invested_amount: '0.00000000' }]);
  });

  test('is refused when its money is spent, and nothing is written but the audit', async () => {
    const money = await put('10.00');
    await call(withdraw, { portfolioId, amount: '4.00', currency: 'USD' });
    await refused(() => reverse(money), 'INSUFFICIENT_CASH', { amount: '10', currency: 'USD', available: '6' });
  });

  test('must be of that portfolio, and the portfolio the caller’s', async () => {
    const money = await put('10.00');
    const other = await call(handlers.portfolio.open, { name: 'Another', openedOn: '2018-01-02' });
    await refused(() => call(reverseEntry, { portfolioId: other.id, transactionId: money, reason: 'x' }), 'NOT_FOUND', {
      portfolioId: other.id,
      transactionId: money,
    });
    const nothing = newId();
    await refused(() => reverse(nothing), 'NOT_FOUND', { portfolioId, transactionId: nothing });
    const stranger = callAs(platform, investorActor((await createUser(database)).id));
    await refused(() => stranger(reverseEntry, { portfolioId, transactionId: money, reason: 'x' }), 'NOT_FOUND', { portfolioId });
    await reverse(money);
  });
});
