import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTrii } from '../bars/trii-process.fixture.ts';

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'trii-bench-command-'));

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const bench = (...args: string[]) =>
  runTrii(['bench', '--json', ...args], { cwd: folder, env: { ...database.servers, TRII_DATA_DIR: join(folder, 'data') } });

it('names the claims when asked for another, before anything is started', async () => {
  const { code, err } = await bench('import', 'speed');
  expect(code).toBe(1);
  expect(JSON.parse(err)).toEqual({
    error: {
      code: 'UNKNOWN_CLAIM',
      message: 'There is no claim "speed"; there are import, query, job, series, personal-data, authentication, postings.',
    },
  });
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

it('refuses a number of rounds that is none', async () => {
  expect((await bench('--rounds', '0')).code).toBe(2);
});

it('never fills and empties a database that is not for it, and leaves no folder', async () => {
  const { code, err } = await bench('import');
  expect(code).toBe(1);
  expect(JSON.parse(err)).toMatchObject({ error: { code: 'DATABASE_NOT_FOR_BENCH' } });
  expect(existsSync(join(folder, 'data', 'bench'))).toBe(false);
});
