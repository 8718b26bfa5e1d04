import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { POSITIONS_PER_PORTFOLIO, writeManyRows } from './many-rows.fixture.ts';
import { planFaults } from './plans.fixture.ts';
import { expectedStatements, watchOperations } from './statements.fixture.ts';
import type { Watched } from './statements.fixture.ts';

const POSITIONS = 50_000;

let database: TestDatabase;
let watched: Watched;
beforeAll(async () => {
  database = await createTestDatabase();
  await writeManyRows(database, { portfolios: POSITIONS / POSITIONS_PER_PORTFOLIO });
  watched = await watchOperations(database);
}, 120_000);
afterAll(() => database.close());

test('every statement that an operation sends under row-level security finds its rows by an index', async ({ annotate }) => {
  expect(watched.statements.size).toBeGreaterThan(15);
  expect(await planFaults(database, watched.statements)).toEqual([]);
  await annotate(`${watched.operations.length} operations, ${watched.statements.size} statements`);
});

test('so does what screens of an investor ask for', async () => {
  expect(await planFaults(database, expectedStatements(watched.tenant))).toEqual([]);
});

const OWN = 'user_id = (SELECT app_user_id())';

test.each([
  [
    'a policy that looks through portfolios',
    'ALTER POLICY user_positions ON positions USING (EXISTS (SELECT FROM portfolios p WHERE p.id = portfolio_id AND p.user_id = (SELECT app_user_id())))',
    `ALTER POLICY user_positions ON positions USING (${OWN})`,
  ],
  [
    'a policy that asks who is served for every row',
    'ALTER POLICY user_positions ON positions USING (user_id::text = app_user_id()::text)',
    `ALTER POLICY user_positions ON positions USING (${OWN})`,
  ],
  [
    'a table without an index on its owner',
    'DROP INDEX idx_positions_user_id',
    'CREATE INDEX idx_positions_user_id ON positions (user_id)',
  ],
])('%s is seen', async (_planted, change, undo) => {
  const name = 'everything I hold';
  const statements = new Map([...expectedStatements(watched.tenant)].filter(([key]) => key === name));
  const scan = expect.stringMatching(new RegExp(`^${name}: positions: Seq Scan`)) as string;
  await withClient(database.urls.owner, (owner) => owner.query(change));
  try {
    expect(await planFaults(database, statements)).toEqual([scan, scan]);
  } finally {
    await withClient(database.urls.owner, (owner) => owner.query(undo));
  }
  expect(await planFaults(database, statements)).toEqual([]);
});
