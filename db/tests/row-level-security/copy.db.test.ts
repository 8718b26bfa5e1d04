import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { ClientBase } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectation } from './expectation.fixture.ts';
import { covers } from './right.fixture.ts';
import { writeSubjects } from './subjects.fixture.ts';
import type { Subjects } from './subjects.fixture.ts';

// COPY speaks a protocol of its own, so the matrix, which works inside the server, cannot try it.
let database: TestDatabase;
let subjects: Subjects;
beforeAll(async () => {
  database = await createTestDatabase();
  subjects = await writeSubjects(database);
});
afterAll(() => database.close());

const tables = Object.entries(expectation).filter(([name]) => !name.startsWith('v_'));
const asInvestor = <T>(userId: string | null, work: (client: ClientBase) => Promise<T>) =>
  database.as({ role: 'authenticated_user', userId }, work);

/** Owners of the rows that COPY gives out. */
const copiedOwners = (relation: string, owner: string) => async (client: ClientBase) =>
  [...new Set((await text(client.query(copyTo(`COPY (SELECT ${owner} FROM ${relation}) TO STDOUT`)))).trim().split('\n'))].filter(
    (line) => line !== '',
  );

describe('COPY TO', () => {
  test.each(Object.entries(expectation))('%s gives an investor what SELECT gives', async (relation, expected) => {
    const owner = expected.owner ?? 'user_id';
    const copy = copiedOwners(relation, owner);
    const right = expected.rights.authenticated_user;
    if (!covers(expected, right, { verb: 'select', names: [owner] })) {
      await expect(asInvestor(subjects.ada.userId, copy)).rejects.toMatchObject({ code: '42501' });
      const everybody = await database.as({ role: 'worker_role', userId: null }, copy);
      expect(everybody).toContain(subjects.ada.userId);
      return;
    }
    expect(await asInvestor(subjects.ada.userId, copy)).toEqual([subjects.ada.userId]);
    expect(await asInvestor(subjects.bob.userId, copy)).toEqual([subjects.bob.userId]);
    expect(await asInvestor(null, copy)).toEqual([]);
  });
});

describe('COPY FROM', () => {
  test.each(tables.filter(([, { rights }]) => Object.values(rights).some(({ insert }) => insert.length > 0)))(
    '%s takes no row past its policies, whoever may insert there',
    async (relation, { rights }) => {
      for (const role of ['authenticated_user', 'admin_role', 'worker_role'] as const) {
        const right = rights[role];
        if (right === undefined || right.insert.length === 0) continue;
        const names = right.insert === '*' ? '' : `(${right.insert.join(', ')})`;
        const copy = (client: ClientBase) => pipeline(Readable.from(['']), client.query(copyFrom(`COPY ${relation} ${names} FROM STDIN`)));
        // 0A000: COPY FROM is not made for row-level security, so nobody who is bound by it may use it at all.
        await expect(database.as({ role, userId: subjects.ada.userId }, copy)).rejects.toMatchObject({ code: '0A000' });
        await withClient(database.urls.admin, copy);
      }
    },
  );
});
