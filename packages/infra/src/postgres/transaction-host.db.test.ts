import type { MikroORM } from '@mikro-orm/postgresql';
import type { DatabaseSession, Sql, TransactionHost } from '@trii/domain';
import { createPortfolio, createTestDatabase, createUser, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeOrm, createOrm } from './orm.ts';
import { createTransactionHost } from './transaction-host.ts';

let database: TestDatabase;
let orm: MikroORM;
let host: TransactionHost;

beforeAll(async () => {
  database = await createTestDatabase();
  // One connection: whatever a session leaves behind, the next one meets.
  orm = await createOrm({ url: database.urls.api, poolSize: 1, applicationName: 'trii-test' });
  host = await createTransactionHost({ anonymous_role: orm, authenticated_user: orm });
});

afterAll(async () => {
  await closeOrm(orm);
  await database.close();
});

const investor = async (): Promise<DatabaseSession & { readonly portfolioId: string }> => {
  const { id: userId } = await createUser(database);
  const { id: portfolioId } = await createPortfolio(database, { userId });
  return { role: 'authenticated_user', userId, portfolioId };
};

const portfoliosOf = (session: DatabaseSession) => host.read(session, (sql) => sql<{ id: string }>`SELECT id FROM portfolios`);

test('a read prepared for one investor shows another only their own rows, however often it ran', async () => {
  const [ada, grace] = [await investor(), await investor()];
  // PostgreSQL plans anew for the first five runs and may keep a plan for the following.
  for (let run = 0; run < 8; run += 1) {
    expect(await portfoliosOf(ada)).toEqual([{ id: ada.portfolioId }]);
    expect(await portfoliosOf(grace)).toEqual([{ id: grace.portfolioId }]);
  }
});

test('a read prepared for an investor is refused to nobody in particular', async () => {
  const ada = await investor();
  expect(await portfoliosOf(ada)).toHaveLength(1);
  await expect(portfoliosOf({ role: 'anonymous_role', userId: null })).rejects.toMatchObject({ code: '42501' });
  expect(await portfoliosOf(ada)).toHaveLength(1);
});

test('a read is prepared once a connection, whatever its values', async () => {
  const ada = await investor();
  const find = (name: string) => host.read(ada, (sql) => sql`SELECT id AS prepared_probe FROM portfolios WHERE name = ${name}`);
  for (const name of ['a', 'b', 'c']) await find(name);
  const known = await host.read(
    ada,
    (sql) => sql<{ runs: number }>`
      SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements WHERE statement LIKE '%prepared_probe FROM portfolios%'
        AND statement NOT LIKE '%pg_prepared_statements%'`,
  );
  expect(known).toEqual([{ runs: 3 }]);
});

test('a command runs under its role and user, and leaves neither behind', async () => {
  const ada = await investor();
  const transaction = await host.begin(ada);
  const who = await transaction.sql`SELECT current_user::text AS role, app_user_id() AS "userId"`;
  await transaction.commit();
  expect(who).toEqual([{ role: 'authenticated_user', userId: ada.userId }]);
  const pool = await orm.em.getConnection().getNativeClient();
  const { rows } = await pool.query("SELECT current_user::text AS role, current_setting('app.user_id', true) AS user_id");
  expect(rows).toEqual([{ role: 'trii_api', user_id: '' }]);
});

const settings = (sql: Sql) => sql`
  SELECT coalesce(current_setting('app.encryption_key', true), '') AS key, coalesce(current_setting('app.encryption_key_id', true), '') AS key_id,
    coalesce(current_setting('app.blind_index_key', true), '') AS blind`;
const none = { key: '', key_id: '', blind: '' };

test('keys are there for one transaction of a session that brings them, and gone with it', async () => {
  const ada = await investor();
  const keyed: DatabaseSession = { ...ada, keys: { encryption: { keyId: 'the id', key: 'the key' }, blindIndex: 'the index' } };
  const all = { key: 'the key', key_id: 'the id', blind: 'the index' };
  const ask = (session: DatabaseSession) => [() => host.read(session, settings), () => host.bulk(session, ({ sql }) => settings(sql))];
  const command = async (session: DatabaseSession) => {
    const transaction = await host.begin(session);
    const rows = await settings(transaction.sql);
    await transaction.commit();
    return rows;
  };
  for (const open of [...ask(keyed), () => command(keyed)]) {
    expect(await open()).toEqual([all]);
    for (const after of [...ask(ada), () => command(ada)]) expect(await after()).toEqual([none]);
  }
  await expect(host.bulk(keyed, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await command(ada)).toEqual([none]);
});

test('a session that brings only the key of the index opens nobody', async () => {
  const ada = await investor();
  const rows = await host.read({ ...ada, keys: { blindIndex: 'the index' } }, settings);
  expect(rows).toEqual([{ ...none, blind: 'the index' }]);
});
