import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { meHandler } from './me.ts';
import { peopleByPhoneHandler } from './people-by-phone.ts';
import { personHandler } from './person.ts';
import { profileHandler } from './profile.ts';
import { updateProfileHandler } from './update-profile.ts';

let database: TestDatabase;
let platform: TestPlatform;
let ada: UserActor;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  ada = investorActor((await createUser(database)).id);
});

/** A number that no other test has. */
const newPhone = (): string =>
  `+57${String(BigInt(`0x${newId().slice(-10)}`))
    .padStart(12, '1')
    .slice(-12)}`;

const nothing = { phone: null, birthDate: null, incomeRange: null };
const told = { phone: '+573001234567', birthDate: '1990-05-17', incomeRange: { min: '20000.00', max: null } };
const names = { firstName: 'Ada', lastName: 'Lovelace' };
const place = { countryCode: 'CO', timezone: 'America/Bogota' };

it('shows an investor their names, which rest encrypted', async () => {
  expect(await callAs(platform, ada)(meHandler, {})).toMatchObject({ userId: ada.userId, ...names, kycStatus: 'VERIFIED' });
  expect(await callAs(platform, ada)(profileHandler, {})).toEqual({ ...names, ...nothing, ...place });
});

it('keeps what is told, leaves what is not named, and takes back what is null', async () => {
  const call = callAs(platform, ada);
  expect(await call(updateProfileHandler, told)).toEqual({ updated: ['phone', 'birthDate', 'incomeRange'] });
  expect(await call(profileHandler, {})).toEqual({ ...names, ...told, ...place });
  await call(updateProfileHandler, { firstName: 'Augusta', timezone: 'UTC' });
  expect(await call(profileHandler, {})).toEqual({ ...names, ...told, ...place, firstName: 'Augusta', timezone: 'UTC' });
  await call(updateProfileHandler, { phone: null, incomeRange: null });
  expect(await call(profileHandler, {})).toMatchObject({ phone: null, incomeRange: null, birthDate: told.birthDate });
  const [row] = await platform.inspect('SELECT phone_enc, phone_bidx, income_range_enc FROM users WHERE id = $1', [ada.userId]);
  expect(row).toEqual({ phone_enc: null, phone_bidx: null, income_range_enc: null });
});

it.each([
  [{ timezone: 'Mars/Olympus' }, 'timezone'],
  [{ birthDate: '2999-01-01' }, 'birthDate'],
  [{ incomeRange: { min: '2', max: '1' } }, 'incomeRange'],
  [{ phone: '300 123' }, 'phone'],
  [{}, ''],
])('refuses %j and repeats none of it', async (input, path) => {
  const refused = await callAs(platform, ada)(updateProfileHandler, input).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path }] } });
  for (const value of Object.values(input)) expect(JSON.stringify(refused)).not.toContain(JSON.stringify(value));
});

it('notes what changed in the audit as ciphertext under the person’s own key', async () => {
  await callAs(platform, ada)(updateProfileHandler, told);
  await callAs(platform, ada)(updateProfileHandler, { phone: '+573009999999' });
  const rows = await platform.inspect<{ old_values: Record<string, string>; new_values: Record<string, string> }>(
    "SELECT old_values, new_values FROM audit_logs WHERE user_id = $1 AND use_case = 'identity.updateProfile' ORDER BY created_at, id",
    [ada.userId],
  );
  expect(rows.map(({ new_values }) => new_values['updated'])).toEqual([['phone', 'birthDate', 'incomeRange'], ['phone']]);
  expect(JSON.stringify(rows)).not.toMatch(/573001234567|1990-05-17|20000/);
  const [key] = await platform.inspect<{ key_id: string; wrapped_key: Buffer; master_key_id: string }>(
    'SELECT * FROM person_keys WHERE user_id = $1',
    [ada.userId],
  );
  if (key === undefined) throw new Error('a person has a key');
  const open = await platform.vault.unwrap(ada.userId, { keyId: key.key_id, wrappedKey: key.wrapped_key, masterKeyId: key.master_key_id });
  const [opened] = await platform.inspect(
    "SELECT pgp_sym_decrypt(substring(decode($1, 'base64') FROM 18), $2)::jsonb AS old, pgp_sym_decrypt(substring(decode($3, 'base64') FROM 18), $2)::jsonb AS new",
    [rows[1]?.old_values['personal'], Buffer.from(open.key).toString('base64url'), rows[1]?.new_values['personal']],
  );
  expect(opened).toEqual({ old: { phone: '+573001234567' }, new: { phone: '+573009999999' } });
});

it('shows an operator one person, and leaves a row in the audit that says whom', async () => {
  await callAs(platform, ada)(updateProfileHandler, told);
  const operator = operatorActor();
  const seen = await callAs(platform, operator)(personHandler, { userId: ada.userId });
  expect(seen).toMatchObject({ ...names, ...told, ...place, userId: ada.userId, isActive: true, erasedAt: null });
  const audits = await platform.inspect(
    "SELECT entity_id, action, new_values FROM audit_logs WHERE actor = $1 AND use_case = 'identity.person'",
    [`user:${operator.userId}`],
  );
  expect(audits).toEqual([{ entity_id: ada.userId, action: 'READ', new_values: null }]);
  await expect(callAs(platform, operator)(personHandler, { userId: newId() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('finds people by their phone number without opening any data', async () => {
  const bob = investorActor((await createUser(database)).id);
  const phone = newPhone();
  for (const actor of [ada, bob]) await callAs(platform, actor)(updateProfileHandler, { phone });
  const find = async (wanted: string) => callAs(platform, operatorActor())(peopleByPhoneHandler, { phone: wanted });
  expect(await find(phone)).toEqual({ userIds: [ada.userId, bob.userId].toSorted() });
  await callAs(platform, bob)(updateProfileHandler, { phone: newPhone() });
  expect(await find(phone)).toEqual({ userIds: [ada.userId] });
});

it('says by a code of its own that a key cannot be opened, and logs which master key is missing', async () => {
  await platform.inspect("UPDATE person_keys SET master_key_id = 'lost' WHERE user_id = $1", [ada.userId]);
  for (const attempt of [callAs(platform, ada)(profileHandler, {}), callAs(platform, ada)(updateProfileHandler, told)])
    await expect(attempt).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', details: {} });
  expect(platform.logger.lines.at(-1)).toMatchObject({
    level: 'warn',
    fields: { error: { code: 'MASTER_KEY_MISSING', message: expect.stringContaining('"lost"') } },
  });
});

it('does not open a key that was put into another person’s row', async () => {
  const bob = investorActor((await createUser(database)).id);
  await platform.inspect(
    'UPDATE person_keys SET wrapped_key = (SELECT wrapped_key FROM person_keys WHERE user_id = $1) WHERE user_id = $2',
    [bob.userId, ada.userId],
  );
  await expect(callAs(platform, ada)(profileHandler, {})).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  expect(await callAs(platform, bob)(profileHandler, {})).toMatchObject(names);
});
