import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handlers } from '@trii/domain';
import {
  callAs,
  createInstrument,
  createRate,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assetExplainer } from './explain-asset.ts';
import { findHledger } from './hledger.fixture.ts';
import { journalFormat } from './journal.ts';
import { balancesOf } from './read-balances.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
const folder = mkdtempSync(join(tmpdir(), 'trii-journal-'));

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await platform.close();
  await database.close();
});

test('a ledger of several currencies, with exchanges and a trade, balances in hledger as it does here', async () => {
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-01-03' });
  await createRate(database, { from: 'EUR', to: 'USD', rate: '1.2065', asOf: '2018-01-03T12:00:00Z' });
  await createRate(database, { from: 'USD', to: 'JPY', rate: '112.37', asOf: '2018-01-03T12:00:00Z' });
  const { symbol } = await createInstrument(database, { currencyCode: 'EUR' });
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'World', openedOn: '2018-01-02' });
  await call(handlers.cash.deposit, { portfolioId, amount: '1000.00', currency: 'USD' });
  await call(handlers.cash.exchange, { portfolioId, from: 'USD', to: 'EUR', amount: '333.33', atLeast: '1' });
  await call(handlers.cash.exchange, { portfolioId, from: 'EUR', to: 'JPY', amount: '100.01', atLeast: '1' });
  await call(handlers.trading.recordTrade, {
    portfolioId,
    symbol,
    tradeType: 'BUY',
    quantity: '3',
    price: '20.10',
    fees: '0.50',
    date: '2018-01-03',
  });

  const { items } = await call(handlers.portfolio.ledger, { portfolioId, order: 'oldest' });
  const writer = journalFormat('World');
  const file = join(folder, 'world.journal');
  writeFileSync(file, [writer.head, ...items.map((entry) => writer.entry(entry)), writer.end()].join(''));
  const stored = await platform.inspect<{ account: string; asset: string; amount: string }>(
    `SELECT l.account::text AS account, COALESCE(l.currency_code::text, i.symbol) AS asset, trim_scale(sum(l.amount))::text AS amount
     FROM postings l LEFT JOIN instruments i ON i.id = l.instrument_id WHERE l.portfolio_id = $1 GROUP BY 1, 2 HAVING sum(l.amount) <> 0`,
    [portfolioId],
  );
  const names = {
    cash: 'assets:cash',
    holding: 'assets:holding',
    external: 'equity:external',
    trading: 'equity:trading',
    fees: 'expenses:fees',
  };
  const expected = stored.map(({ account, asset, amount }) => [`${names[account as keyof typeof names]} ${asset}`, amount]);
  expect(balancesOf(findHledger(), file)).toEqual(Object.fromEntries(expected));

  const { otherCash } = await call(handlers.portfolio.summary, { portfolioId });
  for (const { currency, available } of otherCash) {
    const follow = assetExplainer(currency);
    expect(items.map(follow).findLast((explained) => explained !== undefined)?.available).toBe(available);
  }
});
