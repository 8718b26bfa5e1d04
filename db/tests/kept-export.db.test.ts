import { handlers, localOrigin, systemActor, systemHandlers } from '@trii/domain';
import type { Actor } from '@trii/domain';
import { createTestDatabase, createTestPlatform, withClient } from '@trii/testkit';
import type { TestDatabase, TestPlatform } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, pendingMigrations } from '../src/index.ts';
import { schemaDrift } from '../src/schema-drift.ts';
import { DEMO_PASSWORD, NEWEST_MIGRATION, PASSWORD_PEPPER } from './kept-export/identity.ts';
import { loadDemoBars, loadKeptExport, readKeptExport, rowsOf } from './kept-export/load-kept-export.fixture.ts';
import { findGaps } from './row-level-security/guard.fixture.ts';

// A database as the first release and its demo left it, brought to today's schema. What is expected is what stands in the export, or is
// computed by hand from it.
const kept = readKeptExport();

let database: TestDatabase;
let platform: TestPlatform;
let migrated: string[];
beforeAll(async () => {
  database = await createTestDatabase({ isEmpty: true });
  const ownerUrl = database.urls.owner;
  await migrate({ ownerUrl, upTo: NEWEST_MIGRATION });
  await withClient(database.urls.admin, async (admin) => {
    await loadKeptExport(admin, kept);
    await loadDemoBars(admin, kept);
  });
  migrated = await migrate({ ownerUrl });
  platform = await createTestPlatform(database, { pepper: PASSWORD_PEPPER });
}, 120_000);
afterAll(async () => {
  await platform?.close();
  await database?.close();
});

const inspect = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await withClient(database.urls.admin, (admin) => admin.query<Row>(sql, [...values]))).rows;

test('the export is what it says: the demo of the first release', () => {
  expect(Object.fromEntries(kept.map(({ name, lines }) => [name, lines.length]))).toMatchObject({
    users: 3,
    portfolios: 3,
    positions: 5,
    trades: 30,
    postings: 200,
    // One for each session of the exchange from a portfolio's opening to 2018-05-11: 4,619, 1,260 and 1,098.
    portfolio_snapshots: 6977,
  });
});

test('everything newer than that release was run, and nothing is left to run', async () => {
  expect(migrated.length).toBeGreaterThan(0);
  expect(migrated.every((name) => name > NEWEST_MIGRATION)).toBe(true);
  expect(await pendingMigrations({ ownerUrl: database.urls.owner })).toEqual([]);
});

test('row-level security has no gap', async () => {
  expect(await withClient(database.urls.admin, (admin) => findGaps(admin))).toEqual([]);
});

describe('no row is lost, and none changed', () => {
  test.each(kept.map(({ name }) => name))('%s', async (name) => {
    const rows = rowsOf(kept, name);
    const [found] = await inspect<{ n: number }>(`SELECT count(*)::int AS n FROM ${name}`);
    expect(found).toEqual({ n: rows.length });
  });

  test.each([
    ['portfolios', 'id', ['user_id', 'name', 'cash_balance', 'reserved_cash', 'invested_amount', 'realized_pnl', 'total_value', 'status']],
    ['positions', 'id', ['user_id', 'portfolio_id', 'instrument_id', 'quantity', 'avg_cost', 'cost_basis', 'current_value']],
    ['postings', 'id', ['transaction_id', 'line', 'user_id', 'portfolio_id', 'account', 'amount', 'cost_basis', 'realized_pnl', 'kind']],
    ['trades', 'id', ['user_id', 'portfolio_id', 'quantity', 'price', 'fees', 'status', 'order_state', 'filled_quantity']],
    ['portfolio_snapshots', 'id', ['portfolio_id', 'snapshot_date', 'total_value', 'cash_balance', 'daily_return', 'volatility']],
    ['users', 'id', ['email', 'password_hash', 'kyc_status', 'is_active', 'country_code', 'timezone']],
    ['audit_logs', 'id', ['user_id', 'entity_type', 'entity_id', 'action', 'actor', 'use_case', 'outcome', 'request_id']],
  ])('%s reads as it was written', async (name, key, columns) => {
    const wanted = [key, ...columns];
    const text = wanted.map(
      (column) => `CASE WHEN pg_typeof(${column}) = 'boolean'::regtype THEN left(${column}::text, 1) ELSE ${column}::text END AS ${column}`,
    );
    const found = await inspect<Record<string, string | null>>(`SELECT ${text.join(', ')} FROM ${name} ORDER BY 1`);
    const expected = rowsOf(kept, name)
      .map((row) => Object.fromEntries(wanted.map((column) => [column, row[column] ?? null])))
      .toSorted((a, b) => ((a[key] ?? '') < (b[key] ?? '') ? -1 : 1));
    expect(found).toEqual(expected);
  });
});

test('the new note of how far snapshots reach says what the export does', async () => {
  expect(await inspect('SELECT name, snapshots_through::text AS through FROM portfolios ORDER BY name')).toEqual([
    { name: 'Apple and the index', through: '2018-05-11' },
    { name: 'Long haul', through: '2018-05-11' },
    { name: 'Savings plan', through: '2018-05-11' },
  ]);
});

describe('the ledger', () => {
  test('still sums to zero per transaction and asset', async () => {
    expect(
      await inspect('SELECT transaction_id FROM postings GROUP BY transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0'),
    ).toEqual([]);
  });

  test('still adds up to what portfolios and positions say', async () => {
    expect(
      await inspect(
        `SELECT p.id FROM portfolios p LEFT JOIN postings l ON l.portfolio_id = p.id GROUP BY p.id
         HAVING p.cash_balance <> COALESCE(sum(l.amount) FILTER (WHERE l.account = 'cash'), 0) OR p.invested_amount <> COALESCE(sum(l.cost_basis), 0)
           OR p.realized_pnl <> COALESCE(sum(l.realized_pnl), 0)`,
      ),
    ).toEqual([]);
    expect(
      await inspect(
        `SELECT q.id FROM positions q LEFT JOIN postings l ON l.portfolio_id = q.portfolio_id AND l.instrument_id = q.instrument_id AND l.account = 'holding'
         GROUP BY q.id HAVING q.quantity <> COALESCE(sum(l.amount), 0) OR q.cost_basis <> COALESCE(sum(l.cost_basis), 0)`,
      ),
    ).toEqual([]);
  });

  test('takes the next entry', async () => {
    const [bruno] = await inspect<{ id: string; user_id: string }>("SELECT id, user_id FROM portfolios WHERE name = 'Apple and the index'");
    await expect(
      database.as({ role: 'authenticated_user', userId: bruno?.user_id ?? '' }, async (client) => {
        await client.query(
          `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
           SELECT gen_random_uuid(), $3, line, $1, $2, account::ledger_account, 'USD', amount, 'DEPOSIT', '2018-05-11'
           FROM (VALUES (1, 'cash', 100), (2, 'external', -100)) AS l (line, account, amount)`,
          [bruno?.user_id, bruno?.id, newId()],
        );
        const { rows } = await client.query<{ cash_balance: string }>('SELECT cash_balance FROM portfolios');
        expect(rows).toEqual([{ cash_balance: '11862.81000000' }]);
        throw new Error('nothing of this is to stay');
      }),
    ).rejects.toThrow('nothing of this is to stay');
  });
});

/** Signed in by the password of then. */
async function signedIn(email: string): Promise<Actor> {
  const call = { actor: { kind: 'anonymous' } as const, origin: localOrigin(newId()) };
  const session = await platform.executor.run(handlers.identity.signIn, {
    ...call,
    input: { email, password: DEMO_PASSWORD, deviceInfo: 'kept' },
  });
  const [row] = await inspect<{ id: string }>("SELECT id FROM user_sessions WHERE user_id = $1 AND device_info = 'kept'", [session.userId]);
  return { kind: 'user', userId: session.userId, sessionId: row?.id ?? '', permissions: session.permissions };
}

describe('an investor of then', () => {
  test('is refused with another password', async () => {
    const call = { actor: { kind: 'anonymous' } as const, origin: localOrigin(newId()) };
    const input = { email: 'bruno@demo.example', password: 'another password altogether', deviceInfo: 'kept' };
    await expect(platform.executor.run(handlers.identity.signIn, { ...call, input })).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
  });

  test('signs in and reads the summary of then', async () => {
    const actor = await signedIn('bruno@demo.example');
    const ask = { actor, origin: localOrigin(newId()) };
    const { items } = await platform.executor.run(handlers.portfolio.list, { ...ask, input: {} });
    expect(items.map(({ name }) => name)).toEqual(['Apple and the index']);
    const summary = await platform.executor.run(handlers.portfolio.summary, { ...ask, input: { portfolioId: items[0]?.id ?? '' } });
    // 150 - 75 + 30 of AAPL at 188.589996 = 19,801.94958 and 5 - 2 of the tracker at 2,727.719971 = 8,183.159913, beside 11,762.81 in cash.
    expect(summary).toMatchObject({
      valuationDate: '2018-05-11',
      lastEntryDate: '2018-03-12',
      cashBalance: '11762.81',
      totalValue: '39747.919493',
      realizedPnl: '6458.29',
    });
    expect(summary.positions.map(({ symbol, quantity }) => [symbol, quantity])).toEqual([
      ['AAPL', '105'],
      ['DEMO500', '3'],
    ]);
  });

  test('sees nobody else, and the history of every session', async () => {
    const actor = await signedIn('ana@demo.example');
    const ask = { actor, origin: localOrigin(newId()) };
    const { items } = await platform.executor.run(handlers.portfolio.list, { ...ask, input: {} });
    expect(items.map(({ name }) => name)).toEqual(['Long haul']);
    const history = await platform.executor.run(handlers.portfolio.history, {
      ...ask,
      input: { portfolioId: items[0]?.id ?? '', from: '2009-03-09', to: '2009-03-09' },
    });
    // 53 x 676.530029 = 35,856.091537, and 9,738.42 in cash.
    expect(history.items).toMatchObject([{ cashBalance: '9738.42', totalValue: '45594.511537', inflow: '12000' }]);
    const theirs = rowsOf(kept, 'portfolios').find(({ name }) => name === 'Savings plan')?.['id'] ?? '';
    await expect(platform.executor.run(handlers.portfolio.summary, { ...ask, input: { portfolioId: theirs } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('names, which then were plain', () => {
  const plain = () => inspect('SELECT FROM users WHERE first_name IS NOT NULL OR last_name IS NOT NULL');
  const nameOf = async (actor: Actor) => {
    const { firstName, lastName } = await platform.executor.run(handlers.identity.me, { actor, origin: localOrigin(newId()), input: {} });
    return `${firstName} ${lastName}`;
  };

  test('are shown as ever right after the migration', async () => {
    expect(await plain()).toHaveLength(3);
    expect(await nameOf(await signedIn('bruno@demo.example'))).toBe(keptName('bruno@demo.example'));
  });

  test('are encrypted under a key of each person, and are the same names', async () => {
    const call = { actor: systemActor('cli'), origin: localOrigin(newId()), input: { runId: newId() } };
    expect(await platform.executor.batch(systemHandlers.identity.encryptNames, call)).toEqual({ people: 3 });
    expect(await plain()).toEqual([]);
    for (const email of ['ana@demo.example', 'bruno@demo.example']) expect(await nameOf(await signedIn(email))).toBe(keptName(email));
  });
});

function keptName(email: string): string {
  const row = rowsOf(kept, 'users').find((user) => user['email'] === email);
  return `${row?.['first_name'] ?? ''} ${row?.['last_name'] ?? ''}`;
}

test('the schema is the one that entities and a migration from nothing lead to', async () => {
  expect(await schemaDrift(database.urls.owner)).toBe('');
});
