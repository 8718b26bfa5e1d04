import { createTestDatabase, createTestPlatform, createUser, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { anonymous, localOrigin, type Actor } from '../platform/index.ts';
import { changePasswordHandler } from './change-password.ts';
import { meHandler } from './me.ts';
import { resolveSession } from './session.ts';
import { signInHandler } from './sign-in.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };

const password = 'correct horse battery';
const next = 'the stable is empty now';
const origin = localOrigin('request-1');

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

async function signIn(by = password): Promise<Actor> {
  const { token } = await platform.executor.run(signInHandler, { actor: anonymous, input: { email: user.email, password: by }, origin });
  const tokenHash = createHash('sha256').update(token).digest('base64url');
  const actor = await resolveSession({ tokenHash, ...platform });
  if (actor === undefined) throw new Error('whoever signed in has a session');
  return actor;
}

const change = (actor: Actor, input: Record<string, string> = {}) =>
  platform.executor.run(changePasswordHandler, { actor, input: { currentPassword: password, newPassword: next, ...input }, origin });
const isServed = (actor: Actor) =>
  platform.executor.run(meHandler, { actor, input: {}, origin }).then(
    () => true,
    () => false,
  );
const hashNow = async () => (await platform.inspect('SELECT password_hash FROM users WHERE id = $1', [user.id]))[0]?.['password_hash'];

it('takes the new password and no longer the old one, and ends every session but the one that asked', async () => {
  const [actor, thief] = [await signIn(), await signIn()];
  expect(await change(actor)).toEqual({ endedSessions: 1 });
  expect([await isServed(actor), await isServed(thief)]).toEqual([true, false]);
  await expect(signIn()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await isServed(await signIn(next))).toBe(true);
});

it('needs the current password: a session alone, stolen, changes nothing', async () => {
  const [actor, other] = [await signIn(), await signIn()];
  const before = await hashNow();
  await expect(change(actor, { currentPassword: `${password}!` })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await hashNow()).toBe(before);
  expect(await isServed(other)).toBe(true);
});

it('lets one of two changes at once through', async () => {
  const [one, two] = [await signIn(), await signIn()];
  const both = await Promise.allSettled([change(one), change(two, { newPassword: 'quite another sentence' })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const winner = both[0].status === 'fulfilled' ? next : 'quite another sentence';
  expect(await isServed(await signIn(winner))).toBe(true);
});

it.each(['password2026', 'short', 'x'.repeat(129)])('refuses %s and names the field, not the password', async (newPassword) => {
  const refused = await change(await signIn(), { newPassword }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path: 'newPassword' }] } });
  expect(JSON.stringify(refused)).not.toContain(newPassword);
});

it('refuses a password made of the own address', async () => {
  await expect(change(await signIn(), { newPassword: user.email })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

it('is audited without a trace of either password', async () => {
  await change(await signIn());
  const audits = await platform.inspect<{ row: string }>(
    "SELECT a::text AS row FROM audit_logs a WHERE use_case = 'identity.changePassword' AND user_id = $1",
    [user.id],
  );
  expect(audits).toHaveLength(1);
  for (const { row } of audits) for (const secret of [password, next, await hashNow()]) expect(row).not.toContain(secret);
});

it('a hash of outdated parameters is made anew at the next sign-in, and serves as before', async () => {
  const good = await platform.passwords.hash(password);
  await platform.inspect('UPDATE users SET password_hash = $2 WHERE id = $1', [user.id, `old:${good}`]);
  await signIn();
  expect(await hashNow()).toBe(good);
  await signIn();
});

it("the investor's role alone changes no password, since it knows no hash", async () => {
  const replace = (oldHash: string) =>
    database.as(
      { role: 'authenticated_user', userId: user.id },
      async (client) =>
        (await client.query<{ replaced: boolean }>('SELECT replace_password_hash($1, $2) AS replaced', [oldHash, 'mine'])).rows,
    );
  expect(await replace('a guess')).toEqual([{ replaced: false }]);
  await expect(
    database.as({ role: 'authenticated_user', userId: user.id }, (client) => client.query('UPDATE users SET password_hash = $1', ['mine'])),
  ).rejects.toMatchObject({ code: '42501' });
});
