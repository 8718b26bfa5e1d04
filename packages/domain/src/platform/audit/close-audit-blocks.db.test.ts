import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, testAuditKey, withClient, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localOrigin, systemActor } from '../actor.ts';
import { AUDIT_COLUMNS, type AuditValues, GONE_DIGEST, PLATFORM_CHAIN, rowDigest } from './audit-format.ts';
import { auditDueHandler, closeAuditBlocksHandler } from './close-audit-blocks.ts';
import { appendRows, appendStatement, blocksOf, faultsOf } from './tests/audit-rows.ts';

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

interface DigestRow {
  readonly v: AuditValues;
  readonly digest: string;
}
const DIGESTS = `SELECT audit_row_values(l) AS v, encode(audit_row_digest(audit_row_values(l)), 'hex') AS digest FROM audit_logs l WHERE id = ANY ($1) ORDER BY id`;
const readIn = (settings: string, ids: readonly string[]): Promise<DigestRow[]> =>
  withClient(database.urls.admin, async (client) => {
    await client.query(settings);
    return (await client.query<DigestRow>(DIGESTS, [ids])).rows;
  });

const call = () => ({ actor: systemActor('test'), input: {}, origin: localOrigin(newId()) });
const close = () => platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), call());
/** Until none of this chain's rows waits: transactions of other suites hold a closing up too. */
const closeAll = async (chain: string): Promise<void> => {
  await expect
    .poll(
      async () => {
        await close();
        return platform.inspect('SELECT FROM audit_pending WHERE chain = $1', [chain]);
      },
      { timeout: 15_000 },
    )
    .toEqual([]);
};
const isDue = async () => (await platform.executor.run(auditDueHandler, call())).due;
const chained = async (chain: string) => (await blocksOf(platform, chain)).map(({ ids }) => ids);

describe('a digest', () => {
  test('is over every column there is', async () => {
    const columns = await platform.inspect<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'audit_logs'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    );
    expect(columns.map(({ name }) => name)).toEqual(AUDIT_COLUMNS);
  });

  test('is the same in PostgreSQL and here, and follows the value, not the session', async () => {
    const json = '{"b": 1.10, "a": "x\\u00e9\\n\\"", "big": 12345678901234567890.123, "n": null, "é": [1e3, -0]}';
    const ids = await appendRows(platform, [
      { user_id: newId(), new_values: json, old_values: '{}', ip_address: '2001:db8::1', user_agent: 'a\tb\r\n"🙂é', request_id: '' },
      { user_agent: '', request_id: null, ip_address: '10.0.0.0/8', created_at: '1969-12-31 23:59:59.999999+00' },
      { new_values: '"text"', old_values: '[]', created_at: '2024-02-29 12:00:00.5-05' },
    ]);
    const rows = await readIn("SET TimeZone = 'UTC'", ids);
    expect(await readIn("SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'SQL, DMY'", ids)).toEqual(rows);
    expect(rows.map(({ v }) => rowDigest(v))).toEqual(rows.map(({ digest }) => digest));
    expect(new Set(rows.map(({ digest }) => digest)).size).toBe(3);
    expect(rows.map(({ v }) => v[9]).slice(1)).toEqual(['1969-12-31T23:59:59.999999Z', '2024-02-29T17:00:00.500000Z']);
    expect(rows.map(({ v }) => v[7])).toEqual(['2001:db8::1/128', '10.0.0.0/8', null]);
  });

  test('tells null from empty, and one value from two', () => {
    const [a, b, c] = [
      [null, ''],
      ['', null],
      ['', ''],
    ].map((values) => rowDigest(values));
    expect(new Set([a, b, c, rowDigest(['1:a', 'b']), rowDigest(['1:a1:b']), rowDigest(['1', 'a1:b'])]).size).toBe(6);
  });
});

describe('closing', () => {
  test('links the rows of each investor, and those of nobody, in chains of their own', async () => {
    const [ada, bob] = [newId(), newId()];
    const first = await appendRows(platform, [{ user_id: ada }, { user_id: bob }, { user_id: ada }, {}]);
    await closeAll(ada);
    const second = await appendRows(platform, [{ user_id: ada }]);
    await closeAll(ada);
    expect(await chained(ada)).toEqual([[first[0], first[2]], second]);
    expect(await chained(bob)).toEqual([[first[1]]]);
    expect((await chained(PLATFORM_CHAIN)).flat()).toContain(first[3]);
    expect(await faultsOf(platform)).toEqual([]);
  });

  test('cuts a long run of rows into blocks that follow each other', async () => {
    const userId = newId();
    const ids = await appendRows(
      platform,
      Array.from({ length: 2_500 }, () => ({ user_id: userId })),
    );
    await closeAll(userId);
    const blocks = await chained(userId);
    expect(blocks.map((block) => block.length)).toEqual([1_000, 1_000, 500]);
    expect(blocks.flat()).toEqual(ids);
    expect(await faultsOf(platform)).toEqual([]);
  });

  test('takes nothing that a running transaction may still precede, and then everything in its order', async () => {
    const userId = newId();
    const [early, late] = [appendStatement([{ user_id: userId }]), appendStatement([{ user_id: userId }])];
    await withClient(database.urls.admin, async (writer) => {
      await writer.query('BEGIN');
      await writer.query(early.text, early.values);
      await platform.inspect(late.text, late.values);
      await close();
      expect(await chained(userId)).toEqual([]);
      await writer.query('COMMIT');
    });
    await closeAll(userId);
    expect(await chained(userId)).toEqual([[...early.ids, ...late.ids]]);
  });

  test('leaves out what was rolled back', async () => {
    const userId = newId();
    const { text, values } = appendStatement([{ user_id: userId }]);
    await withClient(database.urls.admin, async (writer) => {
      await writer.query('BEGIN');
      await writer.query(text, values);
      await writer.query('ROLLBACK');
    });
    await close();
    expect(await chained(userId)).toEqual([]);
    expect(await faultsOf(platform)).toEqual([]);
  });

  test('goes on in another cluster, whose transaction ids begin anew', async () => {
    const userId = newId();
    const ids = await appendRows(platform, [{ user_id: userId }]);
    // As a restored dump has it: written by a transaction that this cluster has not come to.
    await platform.inspect("UPDATE audit_pending SET tx = '99999999999' WHERE chain = $1", [userId]);
    await closeAll(userId);
    expect(await chained(userId)).toEqual([ids]);
    expect(await faultsOf(platform)).toEqual([]);
  });

  test('testifies to a row that was removed before its block was closed', async () => {
    const userId = newId();
    const [kept, gone] = await appendRows(platform, [{ user_id: userId }, { user_id: userId }]);
    await platform.inspect(
      `BEGIN; ALTER TABLE audit_logs DISABLE TRIGGER USER; DELETE FROM audit_logs WHERE id = '${gone}'; ALTER TABLE audit_logs ENABLE TRIGGER USER; COMMIT`,
    );
    await closeAll(userId);
    const [block] = await blocksOf(platform, userId);
    expect(block?.ids).toEqual([kept, gone]);
    expect(block?.digests[1]).toBe(GONE_DIGEST);
  });

  test('is due until all is chained but its own traces', async () => {
    await appendRows(platform, [{}]);
    await expect.poll(isDue, { timeout: 15_000 }).toBe(true);
    await expect
      .poll(
        async () => {
          await close();
          return platform.inspect(`SELECT use_case FROM audit_pending JOIN audit_logs USING (id, created_at) GROUP BY 1`);
        },
        { timeout: 15_000 },
      )
      .toEqual([{ use_case: 'platform.closeAuditBlocks' }]);
    expect(await isDue()).toBe(false);
    await appendRows(platform, [{}]);
    await expect.poll(isDue, { timeout: 15_000 }).toBe(true);
  });

  test('is not due while nothing can be closed', async () => {
    const { text, values } = appendStatement([{}]);
    await withClient(database.urls.admin, async (writer) => {
      await writer.query('BEGIN');
      await writer.query(text, values);
      // What was there before is closed; what came after the writer is not.
      await expect.poll(async () => (await close(), await isDue()), { timeout: 15_000 }).toBe(false);
      await appendRows(platform, [{}]);
      expect(await isDue()).toBe(false);
      await writer.query('COMMIT');
    });
    await expect.poll(isDue, { timeout: 15_000 }).toBe(true);
  });
});
