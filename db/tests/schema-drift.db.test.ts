import { createTestDatabase } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pendingMigrations } from '../src/index.ts';
import { schemaDrift } from '../src/schema-drift.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

test('entities and migrated database agree', async () => {
  expect(await schemaDrift(database.urls.owner)).toBe('');
});

test('nothing is pending after the migrations', async () => {
  expect(await pendingMigrations({ ownerUrl: database.urls.owner })).toEqual([]);
});
