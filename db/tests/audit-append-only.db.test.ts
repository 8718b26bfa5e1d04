import { randomUUID } from 'node:crypto';
import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import type { SessionRole } from '@trii/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const APPEND_ONLY = 'TR021';
const DENIED = '42501';
const userId = randomUUID();

async function append(at: string = 'now()'): Promise<string> {
  const id = randomUUID();
  await database.as({ role: 'authenticated_user', userId }, (client) =>
    client.query(
      `INSERT INTO audit_logs (id, user_id, entity_type, action, actor, use_case, outcome, created_at) VALUES ($1, $2, 'X', 'READ', 'user', 'test', 'ok', ${at})`,
      [id, userId],
    ),
  );
  return id;
}

const rowsOf = (text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  withClient(database.urls.admin, async (client) => (await client.query<Record<string, unknown>>(text, [...values])).rows);
const partitionOf = async (id: string): Promise<string> =>
  String((await rowsOf('SELECT tableoid::regclass::text AS name FROM audit_logs WHERE id = $1', [id]))[0]?.['name']);

/** Every way of changing what was said, of a table and by its key. */
const attempts = (table: string, where: string): readonly string[] => [
  `UPDATE ${table} SET outcome = 'denied' WHERE ${where}`,
  `DELETE FROM ${table} WHERE ${where}`,
  `TRUNCATE ${table}`,
  `INSERT INTO ${table} SELECT * FROM ${table} WHERE ${where} ON CONFLICT (id, created_at) DO UPDATE SET outcome = 'denied'`,
  `MERGE INTO ${table} t USING (SELECT 1) AS s ON ${where} WHEN MATCHED THEN DELETE`,
];

describe('the audit trail', () => {
  test.each<SessionRole>(['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role'])(
    '%s can neither change nor remove a row',
    async (role) => {
      const id = await append();
      for (const statement of attempts('audit_logs', `id = '${id}'`)) {
        await expect(
          database.as({ role, userId: role === 'authenticated_user' ? userId : null }, (client) => client.query(statement)),
          statement,
        ).rejects.toMatchObject({ code: DENIED });
      }
      expect(await rowsOf('SELECT outcome FROM audit_logs WHERE id = $1', [id])).toEqual([{ outcome: 'ok' }]);
    },
  );

  // The owner is bound by row-level security at the parent, so what they could do they would do to a partition.
  test.each(['owner', 'admin'] as const)('the %s is refused at every partition, also as a replica', async (login) => {
    const ids = [await append(), await append("'2191-05-01'")];
    for (const id of ids) {
      for (const table of [await partitionOf(id), ...(login === 'admin' ? ['audit_logs'] : [])]) {
        for (const statement of attempts(table, `id = '${id}'`)) {
          await withClient(database.urls[login], async (client) => {
            if (login === 'admin') await client.query("SET session_replication_role = 'replica'");
            await expect(client.query(statement), statement).rejects.toMatchObject({ code: APPEND_ONLY });
          });
        }
      }
      expect(await rowsOf('SELECT outcome FROM audit_logs WHERE id = $1', [id])).toEqual([{ outcome: 'ok' }]);
    }
  });

  test('the owner is refused to empty the whole table', async () => {
    await expect(withClient(database.urls.owner, (client) => client.query('TRUNCATE audit_logs'))).rejects.toMatchObject({
      code: APPEND_ONLY,
    });
  });

  test('rows that move out of the default partition stay as they were, and stay guarded', async () => {
    const [moves, stays] = [await append("'2019-03-05 10:00:00.123456+00'"), await append("'2192-05-01'")];
    const find = async () => rowsOf('SELECT * FROM audit_logs WHERE id = ANY ($1) ORDER BY id', [[moves, stays]]);
    const pending = () => rowsOf('SELECT * FROM audit_pending WHERE id = ANY ($1) ORDER BY id', [[moves, stays]]);
    const before = [await find(), await pending()];
    // The one month alone: the others stay where they are.
    await withClient(database.urls.owner, (client) => client.query("SELECT create_partition('audit_logs', 'month', '2019-03-01')"));
    expect([await partitionOf(moves), await partitionOf(stays)]).toEqual(['audit_logs_2019_03', 'audit_logs_default']);
    expect([await find(), await pending()]).toEqual(before);
    for (const table of ['audit_logs_2019_03', 'audit_logs_default']) {
      for (const statement of attempts(table, `id IN ('${moves}', '${stays}')`)) {
        await expect(
          withClient(database.urls.admin, (client) => client.query(statement)),
          statement,
        ).rejects.toMatchObject({ code: APPEND_ONLY });
      }
    }
    expect(await rowsOf(`SELECT relname FROM pg_class WHERE relname LIKE 'audit_logs_%' AND relkind = 'r' AND NOT relrowsecurity`)).toEqual(
      [],
    );
    const late = await append("'2019-03-06'");
    expect(await partitionOf(late)).toBe('audit_logs_2019_03');
    expect(await rowsOf('SELECT FROM audit_pending WHERE id = $1', [late])).toHaveLength(1);
  });

  test('takes no time that belongs to no month', async () => {
    await expect(append("'infinity'")).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the blocks of the audit trail', () => {
  const block = (
    chain: string,
  ): string => `INSERT INTO audit_blocks (chain, block_number, previous_hash, row_count, row_ids, row_times, row_digests,
      first_row_at, last_row_at, closed_at, block_hash, signature, signing_key_id)
    SELECT '${chain}', 1, sha256('a'), 1, ARRAY[gen_random_uuid()], ARRAY[now()], ARRAY[sha256('b')], now(), now(), now(), sha256('c'), sha512('d'), 'test'`;

  test('are shown to the investor they belong to and to no other', async () => {
    const [mine, platform] = [randomUUID(), '00000000-0000-0000-0000-000000000000'];
    for (const chain of [mine, platform]) await database.as({ role: 'worker_role', userId: null }, (client) => client.query(block(chain)));
    const seenBy = async (viewer: string): Promise<unknown[]> =>
      database.as(
        { role: 'authenticated_user', userId: viewer },
        async (client) => (await client.query<{ chain: string }>('SELECT chain FROM audit_blocks')).rows,
      );
    expect(await seenBy(mine)).toEqual([{ chain: mine }]);
    expect(await seenBy(randomUUID())).toEqual([]);
    expect(await seenBy(platform)).toEqual([]);
  });

  test('nobody changes or removes one, and none but the worker adds one', async () => {
    await database.as({ role: 'worker_role', userId: null }, (client) => client.query(block(randomUUID())));
    for (const statement of ["UPDATE audit_blocks SET signing_key_id = 'x'", 'DELETE FROM audit_blocks', 'TRUNCATE audit_blocks']) {
      for (const role of ['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role'] as const)
        await expect(database.as({ role, userId: null }, (client) => client.query(statement))).rejects.toMatchObject({ code: DENIED });
      await expect(withClient(database.urls.admin, (client) => client.query(statement))).rejects.toMatchObject({ code: APPEND_ONLY });
    }
    for (const role of ['authenticated_user', 'admin_role'] as const)
      await expect(database.as({ role, userId: null }, (client) => client.query(block(randomUUID())))).rejects.toMatchObject({
        code: DENIED,
      });
  });

  test('the worker takes pending rows without reading the trail or the queue', async () => {
    for (const table of ['audit_logs', 'audit_pending'])
      await expect(
        database.as({ role: 'worker_role', userId: null }, (client) => client.query(`SELECT FROM ${table}`)),
      ).rejects.toMatchObject({ code: DENIED });
  });
});
