import { portfolio as contract } from '@trii/contract';
import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  post,
} from '@trii/testkit';
import type { BuiltPortfolio, TestDatabase, TestPlatform } from '@trii/testkit';
import { localOrigin, systemActor } from '../platform/index.ts';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let portfolio: BuiltPortfolio;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id });
  const { symbol } = await createInstrument(database);
  const call = callAs(platform, investorActor(portfolio.userId));
  const { id: portfolioId } = portfolio;
  await call(handlers.cash.deposit, { portfolioId, amount: '100.00', currency: 'USD', date: '2018-01-02' });
  const euros = [
    { account: 'cash', asset: 'EUR', amount: '20' },
    { account: 'external', asset: 'EUR', amount: '-20' },
  ];
  await post(database, { portfolio, kind: 'DEPOSIT', lines: euros });
  for (const [tradeType, quantity] of [
    ['BUY', '3'],
    ['SELL', '1'],
  ] as const)
    await call(handlers.trading.recordTrade, {
      portfolioId,
      symbol,
      tradeType,
      quantity,
      price: '10.00',
      fees: '0.50',
      date: '2018-01-03',
    });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const check = () =>
  platform.executor.batch(systemHandlers.portfolio.checkLedger, {
    actor: systemActor('test'),
    origin: localOrigin(newId()),
    input: { runKey: newId() },
  });

test('a ledger whose projections follow from its postings has no difference', async () => {
  // Two lines for each deposit, five for each trade.
  expect(await check()).toEqual({ portfolios: 1, postings: 14, differences: 0 });
});

test.each([
  ['cash_balance', 'portfolios'],
  ['reserved_cash', 'portfolios'],
  ['invested_amount', 'portfolios'],
  ['realized_pnl', 'portfolios'],
  ['quantity', 'positions'],
  ['reserved_quantity', 'positions'],
  ['cost_basis', 'positions'],
  ['avg_cost', 'positions'],
  ['balance', 'cash_balances'],
  ['reserved', 'cash_balances'],
])('a %s that is off by its last decimal raises the alarm with both figures', async (column, table) => {
  const change = (by: string) => platform.inspect(`UPDATE ${table} SET ${column} = ${column} ${by} 0.00000001`);
  await change('+');
  expect(await check()).toMatchObject({ differences: 1 });
  const events = await platform.inspect<{ payload: unknown }>('SELECT payload FROM outbox WHERE name = $1 ORDER BY sequence DESC LIMIT 1', [
    contract.LedgerDiffers.name,
  ]);
  expect(events).toEqual([{ payload: { portfolioId: portfolio.id, differences: 1 } }]);
  const [row] = await platform.inspect<{ new_values: unknown }>(
    `SELECT new_values FROM audit_logs WHERE use_case = 'portfolio.checkLedger' ORDER BY created_at DESC, id DESC LIMIT 1`,
  );
  expect(JSON.stringify(row?.new_values)).toContain(`"figure":"${column}"`);
  await change('-');
  expect(await check()).toMatchObject({ differences: 0 });
});

test('a run that is done answers again without another look', async () => {
  const call = { actor: systemActor('test'), origin: localOrigin(newId()), input: { runKey: 'once' } };
  const first = await platform.executor.batch(systemHandlers.portfolio.checkLedger, call);
  await platform.inspect('UPDATE portfolios SET cash_balance = cash_balance + 1');
  expect(await platform.executor.batch(systemHandlers.portfolio.checkLedger, call)).toEqual(first);
  await platform.inspect('UPDATE portfolios SET cash_balance = cash_balance - 1');
});
