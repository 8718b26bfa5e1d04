import { createTestDatabase } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { POSITIONS_PER_PORTFOLIO, writeManyRows } from './many-rows.fixture.ts';
import { planFaults } from './plans.fixture.ts';
import { expectedStatements, watchOperations } from './statements.fixture.ts';
import type { Watched } from './statements.fixture.ts';

/** As plans.db.test.ts, with the size that the platform is made for. Not longer for more SOAK_MINUTES: a plan does not wear out. */
const POSITIONS = 1_000_000;

let database: TestDatabase;
let watched: Watched;
beforeAll(async () => {
  database = await createTestDatabase();
  await writeManyRows(database, { portfolios: POSITIONS / POSITIONS_PER_PORTFOLIO });
  watched = await watchOperations(database);
}, 900_000);
afterAll(() => database.close());

test('beside a million positions of others every statement of an investor finds its rows by an index', async ({ annotate }) => {
  const statements = new Map([...watched.statements, ...expectedStatements(watched.tenant)]);
  expect(await planFaults(database, statements)).toEqual([]);
  await annotate(`${statements.size} statements`);
});
