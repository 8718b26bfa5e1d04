import { randomUUID } from 'node:crypto';
import { testServers, withClient } from '@trii/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstrapRoles, migrate, pendingMigrations } from '../src/index.ts';

const { urls, secrets } = testServers();
const fresh = (): string => `fresh_${randomUUID().replaceAll('-', '')}`;
const bootstrap = (database: string) => bootstrapRoles({ adminUrl: urls.admin('postgres'), secrets, database, connectionLimit: -1 });

describe('an empty server', () => {
  const database = fresh();
  beforeAll(() => bootstrap(database));

  test('is brought up by a plain owner, and then has nothing pending', async () => {
    const before = await pendingMigrations({ ownerUrl: urls.owner(database) });
    expect(before.slice(0, 2)).toEqual(['0001_roles', '0002_pgcrypto']);
    const steps: string[] = [];
    const ran = await migrate({ ownerUrl: urls.owner(database), onStep: (step) => steps.push(step) });
    expect(ran).toEqual(before);
    expect(steps).toContain('series engine: native');
    expect(await pendingMigrations({ ownerUrl: urls.owner(database) })).toEqual([]);
  });

  test('takes a second bootstrap and a second migration without a change', async () => {
    await bootstrap(database);
    expect(await migrate({ ownerUrl: urls.owner(database) })).toEqual([]);
  });

  test('has its extensions', async () => {
    const { rows } = await withClient(urls.owner(database), (client) =>
      client.query<{ extname: string }>("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"),
    );
    expect(rows.map(({ extname }) => extname)).toEqual(['pg_stat_statements', 'pgcrypto']);
  });
});

test('two migrations at once: one runs everything, the other finds nothing to do', async () => {
  const database = fresh();
  await bootstrap(database);
  const ran = await Promise.all([migrate({ ownerUrl: urls.owner(database) }), migrate({ ownerUrl: urls.owner(database) })]);
  expect(ran.map((names) => names.length).toSorted((a, b) => a - b)).toEqual([0, Math.max(...ran.map((names) => names.length))]);
  expect(Math.max(...ran.map((names) => names.length))).toBeGreaterThan(10);
});

test('a database that nobody bootstrapped fails with what is missing, before anything is made', async () => {
  const [database, login] = [fresh(), `stranger_${randomUUID().slice(0, 8)}`];
  const password = randomUUID();
  await withClient(urls.admin('postgres'), async (client) => {
    await client.query(`CREATE ROLE ${login} LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE ${database} OWNER ${login}`);
  });
  const url = new URL(urls.owner(database));
  [url.username, url.password] = [login, password];
  await expect(migrate({ ownerUrl: url.href })).rejects.toThrow(/not a member of definer_role/);
  const { rows } = await withClient(url.href, (client) =>
    client.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"),
  );
  expect(rows).toEqual([{ relname: 'mikro_orm_migrations' }]);
});

test('passwords reach the server as verifiers only', async () => {
  const { rows } = await withClient(urls.admin('postgres'), (client) =>
    client.query<{ rolpassword: string }>("SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'trii%'"),
  );
  expect(rows).toHaveLength(4);
  for (const { rolpassword } of rows) expect(rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
});
