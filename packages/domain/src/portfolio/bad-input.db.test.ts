import type { ErrorCode } from '@trii/contract';
import {
  callAs,
  createInstrument,
  createPortfolio,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  footprint,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

/** What a caller may get wrong about money: of each operation that takes an amount, what it is refused with. */
interface Wrong {
  readonly amount?: string;
  readonly currency?: string;
  readonly portfolioId?: string;
  readonly date?: string;
}

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let stranger: CallAs;
let symbol: string;
let bankAccountId: string;
const ids = { mine: '', other: '', closed: '', suspended: '', strange: '' };

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-01-04' });
  ({ symbol } = await createInstrument(database));
  await createRate(database, { from: 'EUR', to: 'USD', rate: '1.25', asOf: '2018-01-04T12:00:00Z' });
  const { id: userId } = await createUser(database);
  const { id: strangerId } = await createUser(database);
  call = callAs(platform, investorActor(userId));
  stranger = callAs(platform, investorActor(strangerId));
  const open = async (owner = userId) => (await createPortfolio(database, { userId: owner })).id;
  for (const name of ['mine', 'other', 'closed', 'suspended'] as const) ids[name] = await open();
  ids.strange = await open(strangerId);
  for (const portfolioId of [ids.mine, ids.suspended])
    await call(handlers.cash.deposit, { portfolioId, amount: '1000.00', currency: 'USD', date: '2018-01-03' });
  await call(handlers.trading.recordTrade, { ...bought(ids.mine), date: '2018-01-03' });
  ({ id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' }));
  await call(handlers.portfolio.close, { portfolioId: ids.closed });
  await call(handlers.portfolio.suspend, { portfolioId: ids.suspended });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const bought = (portfolioId: string) => ({ portfolioId, symbol, tradeType: 'BUY', quantity: '10', price: '10.00', fees: '0' }) as const;

type Operation = (wrong: Wrong, as: CallAs) => Promise<unknown>;

const money = ({ amount = '1.00', currency = 'USD', portfolioId = ids.mine }: Wrong) => ({ portfolioId, amount, currency });
const dated = ({ date }: Wrong) => (date === undefined ? {} : { date });

const operations: Readonly<Record<string, Operation>> = {
  deposit: (wrong, as) => as(handlers.cash.deposit, { ...money(wrong), ...dated(wrong) }),
  withdraw: (wrong, as) => as(handlers.cash.withdraw, { ...money(wrong), ...dated(wrong) }),
  transfer: (wrong, as) => {
    const { portfolioId: fromPortfolioId, ...rest } = money(wrong);
    return as(handlers.cash.transfer, { fromPortfolioId, toPortfolioId: ids.other, ...rest, ...dated(wrong) });
  },
  exchange: (wrong, as) => {
    const { currency: from, ...rest } = money(wrong);
    return as(handlers.cash.exchange, { ...rest, from, to: from === 'EUR' ? 'USD' : 'EUR', atLeast: '0.01' });
  },
  placeHold: (wrong, as) => as(handlers.portfolio.placeHold, { ...money(wrong), reason: 'rent' }),
  announceDeposit: (wrong, as) => as(handlers.cash.announceDeposit, { ...money(wrong), bankAccountId }),
  requestWithdrawal: (wrong, as) => as(handlers.cash.requestWithdrawal, { ...money(wrong), bankAccountId }),
  planDeposit: (wrong, as) =>
    as(handlers.cash.planDeposit, { ...money(wrong), bankAccountId, every: 'MONTHLY', startsOn: wrong.date ?? '2018-01-31' }),
  recordTrade: ({ amount = '1', portfolioId = ids.mine, date = '2018-01-04' }, as) =>
    as(handlers.trading.recordTrade, { ...bought(portfolioId), quantity: amount, date }),
  transferHolding: ({ amount = '1', portfolioId = ids.mine, date }, as) =>
    as(handlers.portfolio.transferHolding, {
      fromPortfolioId: portfolioId,
      toPortfolioId: ids.other,
      symbol,
      quantity: amount,
      ...(date === undefined ? {} : { date }),
    }),
};

const ofMoney = ['deposit', 'withdraw', 'transfer', 'exchange', 'placeHold', 'announceDeposit', 'requestWithdrawal', 'planDeposit'];
const all = Object.keys(operations);
const inCurrency = (currency: string): Wrong => ({ currency });

/** Of each operation the refusal, and the details that name what is wrong. */
type Refusal = readonly [ErrorCode, Record<string, unknown>];
const field = (path: string, problem: unknown): Refusal => ['INVALID_INPUT', { issues: [{ path, problem }] }];

const refusals: readonly (readonly [what: string, wrong: () => Wrong, of: readonly string[], expected: (operation: string) => Refusal])[] =
  [
    ['finer than a cent', () => ({ amount: '1.005' }), ofMoney, () => field('amount', 'USD has at most 2 digits after the point')],
    [
      'in what is no currency',
      () => inCurrency('XAU'),
      ofMoney,
      (operation) => field(operation === 'exchange' ? 'from' : 'currency', expect.stringContaining('currency of ISO 4217')),
    ],
    [
      'in a currency that is not there, not valued, not served or not the account’s',
      () => inCurrency('CHF'),
      ofMoney,
      (operation) =>
        ({
          deposit: ['FX_RATE_MISSING', { from: 'CHF', to: 'USD' }] as const,
          exchange: ['FX_RATE_MISSING', { from: 'CHF', to: 'EUR' }] as const,
          announceDeposit: ['CURRENCY_MISMATCH', { currency: 'CHF', accountCurrency: 'USD' }] as const,
          requestWithdrawal: ['CURRENCY_MISMATCH', { currency: 'CHF', accountCurrency: 'USD' }] as const,
          planDeposit: ['CURRENCY_MISMATCH', { currency: 'CHF', accountCurrency: 'USD' }] as const,
        })[operation] ?? ['INSUFFICIENT_CASH', { currency: 'CHF', available: '0' }],
    ],
    [
      'of more than there is, or may be',
      () => ({ amount: '999999999999' }),
      all.filter((operation) => operation !== 'planDeposit'),
      (operation) =>
        ({
          deposit: field('amount', 'the cash balance would exceed 999999999999.99999999'),
          announceDeposit: ['LIMIT_EXCEEDED', { limit: 'perPayment' }] as const,
          requestWithdrawal: ['LIMIT_EXCEEDED', { limit: 'perPayment' }] as const,
          transferHolding: ['INSUFFICIENT_QUANTITY', { available: '10' }] as const,
        })[operation] ?? ['INSUFFICIENT_CASH', { available: '900' }],
    ],
    [
      'in a closed portfolio',
      () => ({ portfolioId: ids.closed }),
      all,
      () => ['PORTFOLIO_NOT_ACTIVE', { portfolioId: ids.closed, status: 'CLOSED' }],
    ],
    [
      'in a suspended portfolio',
      () => ({ portfolioId: ids.suspended }),
      ['recordTrade'],
      () => ['PORTFOLIO_NOT_ACTIVE', { portfolioId: ids.suspended, status: 'SUSPENDED' }],
    ],
    ['in another’s portfolio', () => ({ portfolioId: ids.strange }), all, () => ['NOT_FOUND', { portfolioId: ids.strange }]],
    ['in a portfolio that never was', () => ({ portfolioId: '00000000-0000-7000-8000-00000000dead' }), all, () => ['NOT_FOUND', {}]],
    [
      'on a day to come',
      () => ({ date: '2018-01-05' }),
      ['deposit', 'withdraw', 'transfer', 'recordTrade', 'transferHolding'],
      () => ['DATE_IN_FUTURE', { date: '2018-01-05', valuationDate: '2018-01-04' }],
    ],
    [
      'on a day before the opening',
      () => ({ date: '2018-01-01' }),
      ['deposit', 'withdraw', 'transfer', 'transferHolding', 'recordTrade'],
      () => ['DATE_BEFORE_OPENING', { date: '2018-01-01', openedOn: '2018-01-02' }],
    ],
    [
      'on a day before the last entry',
      () => ({ date: '2018-01-02' }),
      ['deposit', 'withdraw', 'transfer', 'transferHolding', 'recordTrade'],
      () => ['DATE_OUT_OF_ORDER', { date: '2018-01-02', lastEntryDate: '2018-01-03' }],
    ],
    ['from a day that is gone', () => ({ date: '2018-01-03' }), ['planDeposit'], () => field('startsOn', '2018-01-04 or later')],
  ];

const cases = refusals.flatMap(([what, wrong, of, expected]) => of.map((operation) => ({ operation, what, wrong, expected })));

test.each(cases)('$operation $what is refused by its own code, and only the audit knows', async ({ operation, wrong, expected }) => {
  const [code, details] = expected(operation);
  const before = await footprint(platform);
  await expect(operations[operation]?.(wrong(), call)).rejects.toMatchObject({ code, details });
  expect(await footprint(platform)).toEqual(before);
  const [audited] = await platform.inspect('SELECT outcome, new_values FROM audit_logs ORDER BY created_at DESC, id DESC LIMIT 1');
  expect(audited).toMatchObject({ outcome: 'refused', new_values: { refused: code, ...details } });
});

test.each(all)('%s of what is no amount is refused at the door, with its field, and nothing is written', async (operation) => {
  const before = await footprint(platform);
  const path = operation === 'recordTrade' || operation === 'transferHolding' ? 'quantity' : 'amount';
  for (const amount of ['0', '0.00', '-1.00', '1.000000001', '1000000000000', '1e3', '1,5', ' 1', 'NaN', 'Infinity', '', '٣']) {
    await expect(operations[operation]?.({ amount }, call), amount).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { issues: [{ path }] },
    });
  }
  expect(await footprint(platform)).toEqual(before);
});

test('a stranger gets nothing of any of them', async () => {
  for (const operation of all) {
    const before = await footprint(platform);
    await expect(operations[operation]?.({}, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await footprint(platform)).toEqual(before);
  }
});
