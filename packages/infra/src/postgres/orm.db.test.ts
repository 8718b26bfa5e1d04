import { randomUUID } from 'node:crypto';
import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertServingLogin, createOrm } from './orm.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const check = async (url: string): Promise<void> => {
  const orm = await createOrm({ url, poolSize: 1, applicationName: 'trii-test' });
  try {
    await assertServingLogin(orm);
  } finally {
    await orm.close();
  }
};

test.each(['api', 'operator', 'worker'] as const)('%s is accepted', async (login) => {
  await expect(check(database.urls[login])).resolves.toBeUndefined();
});

test('the owner is refused, and so is a superuser', async () => {
  await expect(check(database.urls.owner)).rejects.toMatchObject({ code: 'LOGIN_TOO_POWERFUL', details: { superuser: false } });
  await expect(check(database.urls.admin)).rejects.toMatchObject({ code: 'LOGIN_TOO_POWERFUL', details: { superuser: true } });
});

test('a member of the owner is refused although it inherits nothing', async () => {
  const member = `member_${randomUUID().slice(0, 8)}`;
  const url = new URL(database.urls.api);
  url.username = member;
  await withClient(database.urls.admin, async (client) => {
    await client.query(
      `CREATE ROLE ${member} LOGIN NOINHERIT PASSWORD '${url.password}'; GRANT trii_owner TO ${member}; GRANT CONNECT ON DATABASE ${database.name} TO ${member}`,
    );
  });
  await expect(check(url.href)).rejects.toMatchObject({ code: 'LOGIN_TOO_POWERFUL' });
});
