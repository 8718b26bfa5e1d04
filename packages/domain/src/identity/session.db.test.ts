import { createHash } from 'node:crypto';
import { systemClock } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, createUser, investorActor, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anonymous, localOrigin, type Actor } from '../platform/index.ts';
import { meHandler } from './me.ts';
import { resolveSession, type SessionLookUp } from './session.ts';
import { signInHandler } from './sign-in.ts';
import { signOutHandler } from './sign-out.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };
let token: string;

const password = 'correct horse battery';
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
  platform.clock.set(systemClock.now());
  platform.sessions.forget();
  user = await createUser(database, { passwordHash: await platform.passwords.hash(password) });
  token = await signIn();
});

const signIn = async () =>
  (await platform.executor.run(signInHandler, { actor: anonymous, input: { email: user.email, password }, origin })).token;
const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');
const resolve = (of = token, parts: Partial<SessionLookUp> = {}) => resolveSession({ tokenHash: hashOf(of), ...platform, ...parts });

async function signedIn(of = token): Promise<Actor> {
  const actor = await resolve(of);
  if (actor === undefined) throw new Error('this session stands');
  return actor;
}

const signOut = (actor: Actor) => platform.executor.run(signOutHandler, { actor, input: {}, origin });

describe('the session of a token', () => {
  it('is found in the database, then in the cache', async () => {
    const actor = await signedIn();
    expect(actor).toMatchObject({ kind: 'user', userId: user.id, permissions: ['read', 'write', 'trade'] });
    const unreachable = { read: () => Promise.reject(new Error('the database is away')) };
    expect(await resolve(token, { transactions: unreachable })).toEqual(actor);
  });

  it('is found again when the cache has lost it', async () => {
    const actor = await signedIn();
    platform.sessions.forget();
    expect(await resolve()).toEqual(actor);
  });

  it("is nobody's for a token that was never given, and nothing of it is cached", async () => {
    expect(await resolve('made-up')).toBeUndefined();
    expect(platform.sessions.size).toBe(0);
  });

  it('ends after 24 hours, in the cache and in the database', async () => {
    await signedIn();
    platform.clock.advance(86_400_000 - 1);
    expect(await resolve()).toBeDefined();
    platform.clock.advance(1);
    expect(await resolve()).toBeUndefined();
    platform.sessions.forget();
    expect(await resolve()).toBeUndefined();
    await platform.inspect(
      "UPDATE user_sessions SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE user_id = $1",
      [user.id],
    );
    platform.clock.set(platform.clock.now().getTime() - 172_800_000);
    expect(await resolve()).toBeUndefined();
  });

  it("is nobody's while its user is inactive", async () => {
    await platform.inspect('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    expect(await resolve()).toBeUndefined();
  });

  it('grants nothing by a permission that is not known', async () => {
    await platform.inspect("UPDATE user_sessions SET permissions = '{read,rule}' WHERE user_id = $1", [user.id]);
    expect(await signedIn()).toMatchObject({ permissions: ['read'] });
  });
});

describe('signing out', () => {
  it('ends that session at once and for good, and no other', async () => {
    const other = await signIn();
    expect(await signOut(await signedIn())).toEqual({ ended: true });
    expect(await resolve()).toBeUndefined();
    platform.sessions.forget();
    expect(await resolve()).toBeUndefined();
    expect(await resolve(other)).toBeDefined();
    const audits = await platform.inspect(
      "SELECT actor, action, outcome FROM audit_logs WHERE use_case = 'identity.signOut' AND user_id = $1",
      [user.id],
    );
    expect(audits).toEqual([{ actor: `user:${user.id}`, action: 'UPDATE', outcome: 'ok' }]);
  });

  it('a second time says that nothing was left to end', async () => {
    const actor = await signedIn();
    await signOut(actor);
    expect(await signOut(actor)).toEqual({ ended: false });
  });

  it('does not end the session of somebody else', async () => {
    const actor = await signedIn();
    const intruder = investorActor((await createUser(database)).id);
    expect(await signOut({ ...intruder, sessionId: actor.kind === 'user' ? actor.sessionId : '' })).toEqual({ ended: false });
    platform.sessions.forget();
    expect(await resolve()).toEqual(actor);
  });

  it('holds against a look-up that read the session before and caches it after', async () => {
    const actor = await signedIn();
    platform.sessions.forget();
    const late: SessionLookUp['transactions'] = {
      read: async (session, work) => {
        const found = await platform.transactions.read(session, work);
        await signOut(actor);
        return found;
      },
    };
    await resolve(token, { transactions: late });
    expect(await resolve()).toBeUndefined();
  });
});

describe('identity.me', () => {
  it('tells whose session it is and what it may do', async () => {
    const actor = await signedIn();
    expect(await platform.executor.run(meHandler, { actor, input: {}, origin })).toEqual({
      userId: user.id,
      email: user.email,
      firstName: 'Ada',
      lastName: 'Lovelace',
      kycStatus: 'VERIFIED',
      permissions: ['read', 'write', 'trade'],
    });
  });

  it('refuses whoever is not signed in, and a session whose user does not exist', async () => {
    await expect(platform.executor.run(meHandler, { actor: anonymous, input: {}, origin })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const ghost = investorActor('00000000-0000-7000-8000-000000000001');
    await expect(platform.executor.run(meHandler, { actor: ghost, input: {}, origin })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
