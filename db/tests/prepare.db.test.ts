import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { testServers, withClient } from '@trii/testkit';
import { describe, expect, test } from 'vitest';
import { readPreparation } from '../src/environment.ts';
import { prepare } from '../src/prepare.ts';

const { urls } = testServers();

function addresses(database: string) {
  return {
    DATABASE_OWNER_URL: urls.owner(database),
    DATABASE_URL: urls.api(database),
    DATABASE_OPERATOR_URL: urls.operator(database),
    DATABASE_WORKER_URL: urls.worker(database),
  };
}

/** The program as an image runs it, with this environment and no other. */
const run = (environment: Record<string, string>) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url))], {
    env: environment,
    encoding: 'utf8',
    timeout: 60_000,
  });

describe('a server that has nothing of ours', () => {
  const database = `prepared_${randomUUID().replaceAll('-', '')}`;

  test('is ready for api and workers after one run, and a second one finds nothing to do', async () => {
    const preparation = readPreparation({ ...addresses(database), DATABASE_ADMIN_URL: urls.admin('postgres') });
    // The logins are the whole server's, and the other suites' pools need more connections than one platform.
    const options = { connectionLimit: -1 };
    expect((await prepare(preparation, options)).length).toBeGreaterThan(10);
    expect(await prepare(preparation, options)).toEqual([]);
    for (const [variable, login] of [
      ['DATABASE_URL', 'trii_api'],
      ['DATABASE_WORKER_URL', 'trii_worker'],
    ] as const) {
      const { rows } = await withClient(addresses(database)[variable], (client) => client.query('SELECT session_user AS login'));
      expect(rows).toEqual([{ login }]);
    }
  });

  test('is brought up to date by the program alone, with the owner and without an administrator', () => {
    const { status, stdout, stderr } = run({ DATABASE_OWNER_URL: urls.owner(database) });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('The schema is up to date.');
  });
});

test('the program fails aloud, by its exit code and in a sentence', () => {
  const unset = run({});
  expect(unset.status).toBe(1);
  expect(unset.stderr).toMatch(/DATABASE_OWNER_URL/);
  const stranger = run({ DATABASE_OWNER_URL: urls.owner('nobody_made_this') });
  expect(stranger.status).toBe(1);
  expect(stranger.stderr).toMatch(/database "nobody_made_this" does not exist/);
});
