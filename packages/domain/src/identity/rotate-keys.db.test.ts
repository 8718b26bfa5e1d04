import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  ringOf,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor } from '../platform/index.ts';
import { keyStatusHandler } from './key-status.ts';
import { profileHandler } from './profile.ts';
import { rotateKeysHandler } from './rotate-keys.ts';

let database: TestDatabase;
const platforms: TestPlatform[] = [];
let people: string[];
beforeAll(async () => {
  database = await createTestDatabase();
  people = await Promise.all(Array.from({ length: 4 }, async () => (await createUser(database)).id));
});
afterAll(async () => {
  for (const platform of platforms) await platform.close();
  await database.close();
});

async function platformOf(...ids: readonly string[]): Promise<TestPlatform> {
  const platform = await createTestPlatform(database, { vault: ringOf(...ids) });
  platforms.push(platform);
  return platform;
}

const rotate = (platform: TestPlatform, runId = newId()) =>
  platform.executor.batch(rotateKeysHandler, { actor: systemActor('cli'), input: { runId }, origin: localOrigin('request-1') });
const underKeys = async (platform: TestPlatform) => (await callAs(platform, systemActor('cli'))(keyStatusHandler, {})).masterKeys;
const nameOf = async (platform: TestPlatform, userId: string) =>
  (await callAs(platform, investorActor(userId))(profileHandler, {})).firstName;

it('wraps every key under the current master key, and changes no ciphertext', async () => {
  const before = await (await platformOf('t1')).inspect('SELECT id, first_name_enc FROM users ORDER BY id');
  const platform = await platformOf('t2', 't1');
  expect(await nameOf(platform, people[0] ?? '')).toBe('Ada');
  expect(await rotate(platform)).toEqual({ rewrapped: people.length, unopened: 0 });
  expect(await underKeys(platform)).toEqual([{ masterKeyId: 't2', people: people.length }]);
  expect(await platform.inspect('SELECT id, first_name_enc FROM users ORDER BY id')).toEqual(before);
  const alone = await platformOf('t2');
  for (const userId of people) expect(await nameOf(alone, userId)).toBe('Ada');
  await expect(nameOf(await platformOf('t1'), people[0] ?? '')).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  expect(await rotate(platform)).toEqual({ rewrapped: 0, unopened: 0 });
});

it('leaves what the ring does not open as it is, says which, and goes on with the rest', async () => {
  const platform = await platformOf('t3', 't2');
  const [lost = ''] = people.toSorted();
  await platform.inspect("UPDATE person_keys SET master_key_id = 'lost' WHERE user_id = $1", [lost]);
  expect(await rotate(platform)).toEqual({ rewrapped: people.length - 1, unopened: 1 });
  expect(platform.logger.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ userId: lost, masterKeyId: 'lost' }) }),
  );
  await platform.inspect("UPDATE person_keys SET master_key_id = 't2' WHERE user_id = $1", [lost]);
  expect(await rotate(platform)).toEqual({ rewrapped: 1, unopened: 0 });
});

it('does not bring back the key of a person who is erased while it runs', async () => {
  const { id } = await createUser(database);
  const platform = await platformOf('t3', 't1');
  const vault = ringOf('t3', 't1');
  const erasing = await createTestPlatform(database, {
    vault: {
      ...vault,
      wrap: async (dataKey) => {
        if (dataKey.userId === id)
          await platform.inspect('UPDATE person_keys SET wrapped_key = NULL, destroyed_at = now() WHERE user_id = $1', [id]);
        return vault.wrap(dataKey);
      },
    },
  });
  platforms.push(erasing);
  expect(await rotate(erasing)).toEqual({ rewrapped: 0, unopened: 0 });
  expect(await platform.inspect('SELECT wrapped_key FROM person_keys WHERE user_id = $1', [id])).toEqual([{ wrapped_key: null }]);
});

const MANY = 3000;

it('killed in the middle, leaves every key readable and goes on with what is left', async () => {
  const platform = await platformOf('t9', 't1');
  // Keys by the thousand, as set-based SQL; each a copy of a real one, which opens in no other row, but is told from a lost one by its master key.
  const vault = ringOf('t1');
  const keys = await Promise.all(
    Array.from({ length: MANY }, async () => {
      const userId = newId();
      return { userId, ...(await vault.wrap(await vault.issue(userId))) };
    }),
  );
  await platform.inspect(
    "INSERT INTO users (id, email, password_hash) SELECT id, id || '@example.com', 'x' FROM unnest($1::uuid[]) AS id",
    [keys.map(({ userId }) => userId)],
  );
  await platform.inspect(
    "INSERT INTO person_keys (user_id, key_id, wrapped_key, master_key_id) SELECT *, 't1' FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])",
    [keys.map(({ userId }) => userId), keys.map(({ keyId }) => keyId), keys.map(({ wrappedKey }) => Buffer.from(wrappedKey))],
  );
  const child = spawn(process.execPath, [`${import.meta.dirname}/tests/rotation-process.ts`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const dead = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  child.stdin.write(`${JSON.stringify({ database, runId: newId(), current: 't9' })}\n`);
  for await (const line of createInterface({ input: child.stdout })) if (Number(line.split(' ')[1]) >= 500) child.kill('SIGKILL');
  expect(await dead).toBe('SIGKILL');
  const left = (await underKeys(platform)).find(({ masterKeyId }) => masterKeyId === 't1')?.people ?? 0;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(MANY);
  const rows = await platform.inspect<{ user_id: string; key_id: string; wrapped_key: Buffer; master_key_id: string }>(
    "SELECT * FROM person_keys WHERE master_key_id IN ('t1', 't9') AND destroyed_at IS NULL",
  );
  const both = ringOf('t9', 't1');
  for (const row of rows)
    await both.unwrap(row.user_id, { keyId: row.key_id, wrappedKey: row.wrapped_key, masterKeyId: row.master_key_id });
  const { rewrapped } = await rotate(await platformOf('t9', 't3', 't1'));
  expect(rewrapped).toBe(left + people.length);
  expect((await underKeys(platform)).map(({ masterKeyId }) => masterKeyId)).toEqual(['t9']);
});
