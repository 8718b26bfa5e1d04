import { callerOperations } from '@trii/contract';
import { createTestDatabase, createTestPlatform, createUser, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { anonymous, localOrigin, type Actor } from '../platform/index.ts';
import { changePasswordHandler } from './change-password.ts';
import { confirmPasswordHandler } from './confirm-password.ts';
import { resolveSession } from './session.ts';
import { signInHandler } from './sign-in.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };

const password = 'correct horse battery';
const origin = localOrigin('request-1');
const MINUTE_MS = 60_000;

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

const actorOf = (token: string): Promise<Actor | undefined> =>
  resolveSession({ tokenHash: createHash('sha256').update(token).digest('base64url'), ...platform });

async function signIn(): Promise<{ readonly token: string; readonly expiresAt: string; readonly actor: Actor }> {
  const view = await platform.executor.run(signInHandler, { actor: anonymous, input: { email: user.email, password }, origin });
  const actor = await actorOf(view.token);
  if (actor === undefined) throw new Error('whoever signed in has a session');
  return { ...view, actor };
}
const confirm = (actor: Actor, by = password) => platform.executor.run(confirmPasswordHandler, { actor, input: { password: by }, origin });
const change = (actor: Actor) =>
  platform.executor.run(changePasswordHandler, {
    actor,
    input: { currentPassword: password, newPassword: 'the stable is empty now' },
    origin,
  });
const sessionsLeft = () => platform.inspect('SELECT id FROM user_sessions WHERE user_id = $1 AND is_active', [user.id]);

it('is asked for before cash goes out, password or personal data change, and rights are granted', () => {
  const named = callerOperations.filter(({ stepUp }) => stepUp === true).map(({ name }) => name);
  expect(named).toEqual(
    expect.arrayContaining(['cash.withdraw', 'identity.changePassword', 'identity.updateProfile', 'identity.setOperatorScopes']),
  );
});

it('lets who just signed in do what needs it, and five minutes later asks for the password again; that is in the trail', async () => {
  const { actor } = await signIn();
  platform.clock.advance(5 * MINUTE_MS + 1);
  await expect(change(actor)).rejects.toMatchObject({ code: 'STEP_UP_REQUIRED', details: { withinSeconds: 300 } });
  const audits = await platform.inspect(
    "SELECT outcome, new_values FROM audit_logs WHERE use_case = 'identity.changePassword' AND actor = $1",
    [`user:${user.id}`],
  );
  expect(audits).toEqual([{ outcome: 'denied', new_values: { refused: 'STEP_UP_REQUIRED', withinSeconds: 300 } }]);
  const confirmed = await actorOf((await confirm(actor)).token);
  await expect(change(confirmed ?? anonymous)).resolves.toEqual({ endedSessions: 0 });
});

it('gives a new token, good no longer than the old one, which opens nothing from then on', async () => {
  const { token, expiresAt, actor } = await signIn();
  platform.clock.advance(10 * MINUTE_MS);
  const confirmed = await confirm(actor);
  expect(confirmed.expiresAt).toBe(expiresAt);
  expect(confirmed.token).not.toBe(token);
  expect(await actorOf(token)).toBeUndefined();
  expect(await actorOf(confirmed.token)).toMatchObject({ kind: 'user', userId: user.id });
  await expect(confirm(actor)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await sessionsLeft()).toHaveLength(1);
});

it('has one successor of a session that is confirmed twice at the same time', async () => {
  const { actor } = await signIn();
  const both = await Promise.allSettled([confirm(actor), confirm(actor)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await sessionsLeft()).toHaveLength(1);
});

it('is no way to guess: a wrong password changes nothing, and mistakes count like those at sign-in', async () => {
  const { token, actor } = await signIn();
  await expect(confirm(actor, `${password}!`)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await actorOf(token)).toBeDefined();
  platform.throttle.delay(user.email, 1_000);
  const compared = platform.passwords.verified.length;
  await expect(confirm(actor)).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1_000 } });
  expect(platform.passwords.verified).toHaveLength(compared);
});
