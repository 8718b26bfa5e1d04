import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tenantRelations } from './catalog.fixture.ts';
import { expectation } from './expectation.fixture.ts';
import { findGaps } from './guard.fixture.ts';
import { differences, pairings, runMatrix } from './matrix.fixture.ts';
import type { Matrix } from './matrix.fixture.ts';
import { ROLES } from './right.fixture.ts';
import { installRunner, SESSIONS } from './sessions.fixture.ts';
import { writeSubjects } from './subjects.fixture.ts';

let database: TestDatabase;
let matrix: Matrix;
beforeAll(async () => {
  database = await createTestDatabase();
  await installRunner(database);
  matrix = await runMatrix(database, await writeSubjects(database));
}, 120_000);
afterAll(() => database.close());

test('nothing stands open between one investor and another', async () => {
  expect(await withClient(database.urls.admin, (admin) => findGaps(admin))).toEqual([]);
});

describe('every role, verb, column and session: found is what the expectation says', () => {
  test.each(Object.keys(expectation))('%s', (relation) => {
    const cells = matrix.cells.filter((cell) => cell.relation === relation);
    expect(cells.length).toBeGreaterThan(ROLES.length * SESSIONS.length);
    expect(differences(cells)).toEqual([]);
  });

  test('partitions, reached past their parents', async () => {
    const found = await withClient(database.urls.admin, (admin) => tenantRelations(admin));
    const partitions = new Set(found.filter(({ kind }) => kind === 'partition').map(({ name }) => name));
    const cells = matrix.cells.filter(({ relation }) => partitions.has(relation));
    expect(new Set(cells.map(({ relation }) => relation)).size).toBe(partitions.size);
    expect(partitions.size).toBeGreaterThan(50);
    expect(differences(cells)).toEqual([]);
  });
});

test('no denial stands alone: the same statement was carried out for who may', async ({ annotate }) => {
  const { counts, unpaired } = pairings(matrix);
  expect(unpaired).toEqual([]);
  const allowed = matrix.cells.filter(({ found }) => found === 'allowed').length;
  await annotate(`${matrix.cells.length} cells, ${allowed} allowed; denials by who may: ${JSON.stringify(counts)}`);
});
