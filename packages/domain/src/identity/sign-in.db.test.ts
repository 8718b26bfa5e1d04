import { createHash, randomBytes } from 'node:crypto';
import { createTestDatabase, createTestPlatform, createUser, investorActor, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { anonymous, createExecutor, localOrigin, sessionLimitsByDefault } from '../platform/index.ts';
import { signInHandler } from './sign-in.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };

const password = 'correct horse battery';

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  user = await createUser(database, { passwordHash: await platform.passwords.hash(password) });
});

const tokens = { issue: () => randomBytes(32).toString('base64url'), hash: (token: string) => token };

const signIn = (input: Record<string, unknown> = {}) =>
  platform.executor.run(signInHandler, {
    actor: anonymous,
    input: { email: user.email, password, ...input },
    origin: { ...localOrigin('request-1'), ipAddress: '192.0.2.7' },
  });

it('gives a token for 24 hours, of which only the hash is kept', async () => {
  const { token, expiresAt, userId, permissions } = await signIn({ deviceInfo: 'a telephone' });
  const now = platform.clock.now();
  expect({ userId, permissions, expiresAt }).toEqual({
    userId: user.id,
    permissions: ['read', 'write', 'trade', 'account'],
    expiresAt: new Date(now.getTime() + 86_400_000).toISOString(),
  });
  const sessions = await platform.inspect(
    'SELECT session_token, device_info, ip_address, is_active, permissions, expires_at FROM user_sessions WHERE user_id = $1',
    [user.id],
  );
  expect(sessions).toEqual([
    {
      session_token: createHash('sha256').update(token).digest('base64url'),
      device_info: 'a telephone',
      ip_address: '192.0.2.7',
      is_active: true,
      permissions: ['read', 'write', 'trade', 'account'],
      expires_at: new Date(expiresAt),
    },
  ]);
  expect(await platform.inspect('SELECT last_login_at FROM users WHERE id = $1', [user.id])).toEqual([{ last_login_at: now }]);
  const [found] = await platform.inspect(
    'SELECT (SELECT count(*)::int FROM user_sessions t WHERE t::text LIKE $1) + (SELECT count(*)::int FROM audit_logs t WHERE t::text LIKE $1) AS places',
    [`%${token}%`],
  );
  expect(found).toEqual({ places: 0 });
});

it('is audited as the user who signed in', async () => {
  await signIn();
  const audits = await platform.inspect(
    `SELECT a.actor, a.action, a.outcome, a.entity_type, a.entity_id = s.id AS names_session
     FROM audit_logs a JOIN user_sessions s ON s.user_id = a.user_id WHERE a.user_id = $1`,
    [user.id],
  );
  expect(audits).toEqual([{ actor: `user:${user.id}`, action: 'CREATE', outcome: 'ok', entity_type: 'SESSION', names_session: true }]);
});

it('knows the e-mail address whatever its case', async () => {
  expect((await signIn({ email: user.email.toUpperCase() })).userId).toBe(user.id);
});

it('gives another token each time', async () => {
  const tokens = await Promise.all([signIn(), signIn(), signIn()]);
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(3);
});

it('lets an operator operate', async () => {
  await platform.inspect("UPDATE users SET operator_scopes = '{operate,something-newer}' WHERE id = $1", [user.id]);
  expect((await signIn()).permissions).toEqual(['read', 'write', 'trade', 'account', 'operate']);
});

it('refuses a wrong password, an unknown address and an inactive account alike, and audits each without a hint', async () => {
  const refused = (input: Record<string, unknown>) =>
    signIn(input).then(
      () => 'signed in',
      ({ code, message, details }: { code: string; message: string; details: unknown }) => ({ code, message, details }),
    );
  const wrong = await refused({ password: `${password}!` });
  expect(wrong).toMatchObject({ code: 'INVALID_CREDENTIALS', details: {} });
  expect(await refused({ email: 'nobody@example.com' })).toEqual(wrong);
  await platform.inspect('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
  expect(await refused({})).toEqual(wrong);
  const audits = await platform.inspect(
    "SELECT actor, user_id, entity_id, old_values, new_values, ip_address FROM audit_logs WHERE use_case = 'identity.signIn' AND outcome = 'refused'",
  );
  const audit = {
    actor: 'anonymous',
    user_id: null,
    entity_id: null,
    old_values: null,
    new_values: { refused: 'INVALID_CREDENTIALS' },
    ip_address: '192.0.2.7',
  };
  expect(audits).toEqual([audit, audit, audit]);
  expect(await platform.inspect('SELECT id FROM user_sessions WHERE user_id = $1', [user.id])).toEqual([]);
});

it('refuses a wrong password the same to who is signed in', async () => {
  const call = { actor: investorActor(user.id), input: { email: user.email, password: 'wrong' }, origin: localOrigin('request-1') };
  await expect(platform.executor.run(signInHandler, call)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
});

it('does the work of a comparison for an unknown address too', async () => {
  const before = platform.passwords.verified.length;
  await expect(signIn({ email: 'nobody@example.com' })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(platform.passwords.verified.slice(before)).toEqual([{ hadHash: false }]);
});

it.each([
  ['the password was changed', "UPDATE users SET password_hash = 'another' WHERE id = $1"],
  ['the account was closed', 'UPDATE users SET is_active = false WHERE id = $1'],
])('begins no session when %s while the password was compared', async (_what, change) => {
  const { verify } = platform.passwords;
  const late = async (text: string, hash: string | null): Promise<boolean> => {
    const matches = await verify(text, hash);
    await platform.inspect(change, [user.id]);
    return matches;
  };
  const ports = { ...platform, passwords: { ...platform.passwords, verify: late }, tokens, sessionLimits: sessionLimitsByDefault };
  const executor = createExecutor({ ...platform, ports, subscriptions: {} });
  const call = { actor: anonymous, input: { email: user.email, password }, origin: localOrigin('request-1') };
  await expect(executor.run(signInHandler, call)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS', details: {} });
  expect(await platform.inspect('SELECT id FROM user_sessions WHERE user_id = $1', [user.id])).toEqual([]);
});

it('tells who comes too early to wait, whether the password is right, wrong or of nobody, and compares nothing', async () => {
  const refused = async (input: Record<string, unknown>) =>
    signIn(input).then(
      () => 'signed in',
      ({ code, details }: { code: string; details: unknown }) => ({ code, details }),
    );
  const stranger = 'nobody@example.com';
  for (const email of [user.email, stranger]) platform.throttle.delay(email, 4_000);
  const before = platform.passwords.verified.length;
  const early = { code: 'RATE_LIMITED', details: { retryAfterMs: 4_000 } };
  expect([await refused({}), await refused({ password: 'wrong' }), await refused({ email: stranger })]).toEqual([early, early, early]);
  expect(platform.passwords.verified).toHaveLength(before);
  for (const email of [user.email, stranger]) platform.throttle.delay(email, 0);
  await refused({ password: 'wrong' });
  expect(platform.throttle.succeededFor).not.toContain(user.email);
  await signIn();
  expect(platform.throttle.succeededFor).toContain(user.email);
});
