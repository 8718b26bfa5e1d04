import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { localOrigin, systemActor } from '../platform/index.ts';
import { encryptNamesHandler } from './encrypt-names.ts';
import { meHandler } from './me.ts';
import { namesDueHandler } from './names-due.ts';
import { peopleByPhoneHandler } from './people-by-phone.ts';
import { reindexPhonesHandler } from './reindex-phones.ts';
import { updateProfileHandler } from './update-profile.ts';

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

const cli = systemActor('cli');
const encrypt = () =>
  platform.executor.batch(encryptNamesHandler, { actor: cli, input: { runId: newId() }, origin: localOrigin('request-1') });
const due = async () => (await callAs(platform, cli)(namesDueHandler, {})).due;

/** The first release's state: the old CHECK, no keys, names in plain text. */
async function firstRelease(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await createUser(database)).id);
  await platform.inspect(`DO $$ BEGIN
    SET LOCAL session_replication_role = replica;
    ALTER TABLE users DROP CONSTRAINT users_no_plain_pii, ADD CONSTRAINT users_no_plain_pii
      CHECK (phone IS NULL AND birth_date IS NULL AND kyc_documents IS NULL AND income_range_min IS NULL AND income_range_max IS NULL);
    DELETE FROM person_keys;
    UPDATE users SET first_name = 'Grace', last_name = 'Hopper', first_name_enc = NULL, last_name_enc = NULL, phone_enc = NULL, phone_bidx = NULL;
  END $$`);
  return ids;
}

let people: string[];
beforeEach(async () => {
  people = await firstRelease(3);
});

it('shows plain names until they are encrypted, then the same names', async () => {
  const [userId = ''] = people;
  const me = () => callAs(platform, investorActor(userId))(meHandler, {});
  const before = await me();
  expect(before).toMatchObject({ firstName: 'Grace', lastName: 'Hopper' });
  expect(await due()).toBe(true);
  expect((await encrypt()).people).toBeGreaterThanOrEqual(people.length);
  expect(await due()).toBe(false);
  expect(await me()).toEqual(before);
  expect(
    await platform.inspect('SELECT FROM users WHERE first_name IS NOT NULL OR last_name IS NOT NULL OR first_name_enc IS NULL'),
  ).toEqual([]);
  expect(await encrypt()).toEqual({ people: 0 });
});

it('asks who has no key yet to come again, rather than keep anything in plain text', async () => {
  const [userId = ''] = people;
  const update = () => callAs(platform, investorActor(userId))(updateProfileHandler, { phone: '+573001234567' });
  await expect(update()).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  await encrypt();
  expect(await update()).toEqual({ updated: ['phone'] });
});

it('finds phone numbers again after the blind index got another key', async () => {
  await encrypt();
  const [userId = ''] = people;
  const phone = '+573007654321';
  await callAs(platform, investorActor(userId))(updateProfileHandler, { phone });
  const changed = await createTestPlatform(database, { vault: { ...platform.vault, blindIndexKey: () => Promise.resolve('another key') } });
  const find = () => callAs(changed, operatorActor())(peopleByPhoneHandler, { phone });
  expect(await find()).toEqual({ userIds: [] });
  const reindexed = await changed.executor.batch(reindexPhonesHandler, {
    actor: cli,
    input: { runId: newId() },
    origin: localOrigin('request-1'),
  });
  expect(reindexed).toMatchObject({ unopened: 0 });
  expect(await find()).toEqual({ userIds: [userId] });
  await changed.close();
});
