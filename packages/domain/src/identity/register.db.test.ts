import { createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anonymous, localOrigin } from '../platform/index.ts';
import { registerHandler } from './register.ts';

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

const ada = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  firstName: 'Ada',
  lastName: 'Lovelace',
  countryCode: 'CO',
  timezone: 'America/Bogota',
};
const register = (input: Partial<typeof ada>) =>
  platform.executor.run(registerHandler, { actor: anonymous, input: { ...ada, ...input }, origin: localOrigin('request-1') });

it('opens an account with the hash of its password, and says so in the audit without any personal data', async () => {
  const { userId } = await register({});
  const [user] = await platform.inspect(
    'SELECT email, password_hash, first_name, octet_length(first_name_enc) > 60 AS is_encrypted, country_code, timezone, kyc_status, is_active, operator_scopes FROM users WHERE id = $1',
    [userId],
  );
  expect(user).toMatchObject({
    email: 'ada@example.com',
    first_name: null,
    is_encrypted: true,
    country_code: 'CO',
    timezone: 'America/Bogota',
    kyc_status: 'PENDING',
    is_active: true,
    operator_scopes: [],
  });
  expect(user?.['password_hash']).toBe(await platform.passwords.hash(ada.password));
  const audits = await platform.inspect(
    'SELECT action, actor, outcome, new_values, user_id, request_id FROM audit_logs WHERE entity_id = $1',
    [userId],
  );
  expect(audits).toEqual([
    { action: 'CREATE', actor: 'anonymous', outcome: 'ok', new_values: null, user_id: null, request_id: 'request-1' },
  ]);
});

it('refuses a time zone that does not exist, before it hashes anything', async () => {
  await expect(register({ email: 'mars@example.com', timezone: 'Mars/Olympus' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'timezone' }] },
  });
});

it('refuses a short password without repeating it', async () => {
  const refused = await register({ password: 'hunter2' }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path: 'password' }] } });
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});
