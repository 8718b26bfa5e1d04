import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, createUser, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTrii } from '../bars/trii-process.fixture.ts';

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'trii-seed-scale-'));

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const seed = (args: readonly string[], env: Readonly<Record<string, string>> = { DATABASE_ADMIN_URL: database.urls.admin }) =>
  runTrii(['seed', ...args], { cwd: folder, env: { ...database.servers, ...env, TRII_DATA_DIR: join(folder, 'data') } });

it('fills the database, says each step as it begins and prints what it counted', async () => {
  const { code, out } = await seed(['--scale', '30', '--json']);
  expect(code).toBe(0);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(new Set(lines.flatMap(({ step }) => step ?? []))).toEqual(
    new Set(['preparing', 'instruments and bars', 'rollups', 'closes', 'investors', 'account', 'vacuum and statistics', 'checks']),
  );
  expect(lines.at(-1)).toMatchObject({
    portfolios: 30,
    checks: expect.arrayContaining([{ name: 'postings', isFault: false, found: 1_260, wanted: 1_260 }]) as unknown,
  });
});

it('says to people that all is lawful, the second time too', async () => {
  const { code, out } = await seed(['--scale', '30']);
  expect(code).toBe(0);
  expect(out).toMatch(/\n {2}ledger transactions that do not sum to zero per asset +0\n/);
  expect(out).toMatch(/30 portfolios are there and lawful, after \d/);
});

it.each(['0', '100001'])('takes no number of portfolios like %s', async (portfolios) => {
  expect((await seed(['--scale', portfolios])).code).toBe(2);
});

it('asks for an administrator where the servers are given', async () => {
  const { code, err } = await seed(['--scale', '1', '--json'], {});
  expect(code).toBe(1);
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'ADMIN_URL_MISSING' } });
});

it('does nothing to a database that people use, and says what it found', async () => {
  const { email } = await createUser(database);
  const { code, err } = await seed(['--scale', '60', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'SCALE_DATABASE_IN_USE', message: expect.stringContaining(email) as unknown } });
});
