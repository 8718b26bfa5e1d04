import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor, sqlOf, testVault } from '@trii/testkit';
import type { TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { handlers } from '../handlers.ts';
import { type DataKey, localOrigin, sessionKeys, setKeys, systemActor } from '../platform/index.ts';
import { applyPersonalRetentionHandler } from './apply-retention.ts';

const DAY_MS = 86_400_000;
let database: TestDatabase;
let platform: TestPlatform;
let userId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  userId = (await createUser(database)).id;
});

const apply = () =>
  platform.executor.batch(applyPersonalRetentionHandler, {
    actor: systemActor('maintain-partitions'),
    input: { runId: newId() },
    origin: localOrigin(newId()),
  });
/** As it would have been made so many days ago. */
function idOfDaysAgo(days: number): string {
  const time = (platform.clock.now().getTime() - days * DAY_MS).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${newId().slice(13)}`;
}
async function keyOf(person: string): Promise<DataKey> {
  const [row] = await platform.inspect<{ key_id: string; wrapped_key: Uint8Array; master_key_id: string }>(
    'SELECT key_id, wrapped_key, master_key_id FROM person_keys WHERE user_id = $1',
    [person],
  );
  if (row === undefined) throw new Error('everybody has a key');
  return testVault().unwrap(person, { keyId: row.key_id, wrappedKey: row.wrapped_key, masterKeyId: row.master_key_id });
}
async function putBlob(owner: DataKey, days: number): Promise<string> {
  const blobId = idOfDaysAgo(days);
  await platform.blobs.put(owner, blobId, [Buffer.from('content')]);
  return blobId;
}

it('lets mails go a month after they were written, but for a token that counts, and sessions a quarter after their end', async () => {
  const mail = (id: string, days: number, expires: string | null) =>
    platform.inspect(
      `INSERT INTO mails (id, user_id, kind, token_hash, created_at, expires_at) VALUES ($1::uuid, $2, 'RESET_PASSWORD', CASE WHEN $4::text IS NOT NULL THEN $1::uuid::text END,
         now() - make_interval(days => $3), now() + $4::text::interval)`,
      [id, userId, days, expires],
    );
  const [young, old, oldWithoutToken, oldThatCounts] = [newId(), newId(), newId(), newId()];
  await mail(young, 30, '-29 days');
  await mail(old, 32, '-31 days');
  await mail(oldWithoutToken, 32, null);
  await mail(oldThatCounts, 32, '1 hour');
  const session = (days: number) =>
    platform.inspect(
      `INSERT INTO user_sessions (id, user_id, session_token, created_at, expires_at, permissions)
       VALUES ($1::uuid, $2, $1::uuid::text, now() - interval '200 days', now() - make_interval(days => $3), '{read}')`,
      [newId(), userId, days],
    );
  await session(91);
  await session(93);
  expect(await apply()).toMatchObject({ mails: 2, sessions: 1 });
  const left = await platform.inspect<{ id: string }>('SELECT id FROM mails WHERE user_id = $1', [userId]);
  expect(left.map(({ id }) => id).toSorted()).toEqual([young, oldThatCounts].toSorted());
  expect(await platform.inspect('SELECT FROM user_sessions WHERE user_id = $1', [userId])).toHaveLength(1);
  expect(await apply()).toMatchObject({ mails: 0, sessions: 0 });
});

it('removes an archive with its blob when it has expired, and none before', async () => {
  const investor = callAs(platform, investorActor(userId));
  const gone = await investor(handlers.identity.exportMyData, {});
  const kept = await investor(handlers.identity.exportMyData, {});
  await platform.inspect("UPDATE person_exports SET created_at = now() - interval '2 days', expires_at = $2 WHERE id = $1", [
    gone.exportId,
    platform.clock.now(),
  ]);
  expect(await apply()).toMatchObject({ exports: 1, blobs: 0 });
  expect(await platform.blobs.list(userId)).toEqual([kept.exportId]);
  expect(await platform.inspect('SELECT id FROM person_exports WHERE user_id = $1', [userId])).toEqual([{ id: kept.exportId }]);
});

it('removes blobs that are no document once they are older than any call, also of who has no key any more', async () => {
  const owner = await keyOf(userId);
  const [document, orphan, young, longAgo] = [
    await putBlob(owner, 5),
    await putBlob(owner, 5),
    await putBlob(owner, 0.5),
    await putBlob(owner, 40),
  ];
  const described = {
    documentId: newId(),
    kind: 'PASSPORT',
    contentType: 'image/png',
    bytes: 7,
    sha256: 'x',
    addedAt: '2026-01-01T00:00:00Z',
    blobId: document,
  };
  await database.as({ role: 'authenticated_user', userId }, async (client) => {
    await setKeys(sqlOf(client), sessionKeys(owner, await testVault().blindIndexKey()));
    await client.query('UPDATE users SET kyc_documents = $2 WHERE id = $1', [
      userId,
      JSON.stringify({ version: 1, documents: [described] }),
    ]);
  });
  const erased = (await createUser(database)).id;
  await putBlob(await keyOf(erased), 5);
  await callAs(platform, systemActor('cli'))(handlers.identity.erasePerson, { userId: erased });
  expect(await apply()).toMatchObject({ blobs: 2 });
  expect(await platform.blobs.list(userId)).toEqual([document, young, longAgo].toSorted());
  expect([orphan, await platform.blobs.list(erased)]).toEqual([orphan, []]);
  const [row] = await platform.inspect(
    "SELECT new_values FROM audit_logs WHERE use_case = 'identity.applyRetention' ORDER BY created_at DESC LIMIT 1",
  );
  expect(JSON.stringify(row)).not.toContain(userId);
});
