import { createHash } from 'node:crypto';
import { systemClock } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, createUser, investorActor, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anonymous, localOrigin, sessionIdOf, type Actor } from '../platform/index.ts';
import { meHandler } from './me.ts';
import { resolveSession, type SessionLookUp } from './session.ts';
import { endAllSessionsHandler } from './end-all-sessions.ts';
import { endSessionHandler } from './end-session.ts';
import { sessionsHandler } from './sessions.ts';
import { signInHandler } from './sign-in.ts';
import { signOutHandler } from './sign-out.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };
let token: string;

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
  platform.clock.set(systemClock.now());
  platform.sessions.forget();
  user = await createUser(database, { passwordHash: await platform.passwords.hash(password) });
  token = await signIn();
});

const origin = localOrigin('request-1');
const signIn = async (deviceInfo?: string, from = origin) =>
  (await platform.executor.run(signInHandler, { actor: anonymous, input: { email: user.email, password, deviceInfo }, origin: from }))
    .token;
const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');
const resolve = (of = token, parts: Partial<SessionLookUp> = {}) => resolveSession({ tokenHash: hashOf(of), ...platform, ...parts });

async function signedIn(of = token): Promise<Actor> {
  const actor = await resolve(of);
  if (actor === undefined) throw new Error('this session stands');
  return actor;
}

const end = (actor: Actor, of: Actor) => platform.executor.run(endSessionHandler, { actor, input: { sessionId: sessionIdOf(of) }, origin });
const signOut = (actor: Actor) => platform.executor.run(signOutHandler, { actor, input: {}, origin });

describe('the session of a token', () => {
  it('is found in the database, then in the cache', async () => {
    const actor = await signedIn();
    expect(actor).toMatchObject({ kind: 'user', userId: user.id, permissions: ['read', 'write', 'trade', 'account'] });
    const unreachable = { bulk: () => Promise.reject(new Error('the database is away')) };
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
    for (let minutes = 25; minutes < 24 * 60; minutes += 25) {
      platform.clock.advance(25 * 60_000);
      platform.sessions.forget();
      expect(await resolve()).toBeDefined();
    }
    platform.clock.advance(15 * 60_000 - 1);
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

  it('ends after 30 minutes without use, and its use is written at most once a minute', async () => {
    const writes = async () =>
      (
        await platform.inspect<{ xmin: string; last_activity_at: Date }>(
          'SELECT xmin, last_activity_at FROM user_sessions WHERE user_id = $1',
          [user.id],
        )
      )[0];
    const use = () => {
      platform.sessions.forget();
      return resolve();
    };
    const begun = await writes();
    platform.clock.advance(59_999);
    expect(await use()).toBeDefined();
    expect(await writes()).toEqual(begun);
    platform.clock.advance(1);
    expect(await use()).toBeDefined();
    expect((await writes())?.last_activity_at).toEqual(platform.clock.now());
    platform.clock.advance(1_799_999);
    expect(await use()).toBeDefined();
    platform.clock.advance(1_800_000);
    expect(await use()).toBeUndefined();
  });

  it('permits what the account says, whatever the role of investors asks for', async () => {
    const mint = database.as({ role: 'authenticated_user', userId: user.id }, (client) =>
      client.query(
        "INSERT INTO user_sessions (id, user_id, session_token, expires_at, permissions) VALUES (gen_random_uuid(), $1, 'mine', now() + interval '1 day', '{operate}')",
        [user.id],
      ),
    );
    await expect(mint).rejects.toMatchObject({ code: '42501' });
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

  it('leaves nothing that could change anything or see personal data again, were it known to a door that asks no cache and no database', async () => {
    const actor = await signedIn();
    await signOut(actor);
    for (const handler of [signOutHandler, meHandler])
      await expect(platform.executor.run(handler, { actor, input: {}, origin })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('does not end the session of somebody else', async () => {
    const actor = await signedIn();
    const intruder = investorActor((await createUser(database)).id);
    expect(await signOut({ ...intruder, sessionId: sessionIdOf(actor) })).toEqual({ ended: false });
    await expect(end(intruder, actor)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await platform.executor.run(endAllSessionsHandler, { actor: intruder, input: { which: 'all' }, origin });
    platform.sessions.forget();
    expect(await resolve()).toEqual(actor);
  });

  it('holds against a look-up that read the session before and caches it after', async () => {
    const actor = await signedIn();
    platform.sessions.forget();
    const late: SessionLookUp['transactions'] = {
      bulk: async (session, work) => {
        const found = await platform.transactions.bulk(session, work);
        await signOut(actor);
        return found;
      },
    };
    await resolve(token, { transactions: late });
    expect(await resolve()).toBeUndefined();
  });
});

describe('ending sessions', () => {
  const sessions = async (actor: Actor) => (await platform.executor.run(sessionsHandler, { actor, input: {}, origin })).items;
  const endAll = (actor: Actor, which: 'others' | 'all') =>
    platform.executor.run(endAllSessionsHandler, { actor, input: { which }, origin });

  it('starts from a list of the own ones, which says where each is and which one asks', async () => {
    const actor = await signedIn();
    const other = await signedIn(await signIn('a telephone', { ...origin, ipAddress: '192.0.2.7' }));
    await createUser(database);
    const at = platform.clock.now().toISOString();
    expect(await sessions(actor)).toEqual([
      expect.objectContaining({
        id: sessionIdOf(other),
        deviceInfo: 'a telephone',
        ipAddress: '192.0.2.7',
        isCurrent: false,
        createdAt: at,
      }),
      expect.objectContaining({ id: sessionIdOf(actor), deviceInfo: null, ipAddress: null, isCurrent: true, lastActivityAt: at }),
    ]);
    platform.clock.advance(1_800_000);
    expect(await sessions(actor)).toEqual([]);
  });

  it('ends one from another, and what that one was about to do', async () => {
    const otherToken = await signIn();
    const [actor, other] = [await signedIn(), await signedIn(otherToken)];
    expect(await end(actor, other)).toEqual({ ended: true });
    expect(await resolve(otherToken)).toBeUndefined();
    await expect(end(other, actor)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(end(actor, other)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await sessions(actor)).toHaveLength(1);
  });

  it('ends all others, or all', async () => {
    const others = [await signIn(), await signIn()];
    const actor = await signedIn();
    for (const other of others) await signedIn(other);
    expect(await endAll(actor, 'others')).toEqual({ ended: 2 });
    for (const other of others) expect(await resolve(other)).toBeUndefined();
    expect(await resolve()).toEqual(actor);
    expect(await endAll(actor, 'all')).toEqual({ ended: 1 });
    expect(await resolve()).toBeUndefined();
  });

  it('a new sign-in takes the place of the session that asks for it, if it is of the same person', async () => {
    const actor = await signedIn();
    const stranger = await createUser(database, { passwordHash: await platform.passwords.hash(password) });
    await platform.executor.run(signInHandler, { actor, input: { email: stranger.email, password }, origin });
    expect(await sessions(actor)).toHaveLength(1);
    const { token: next } = await platform.executor.run(signInHandler, { actor, input: { email: user.email, password }, origin });
    expect(next).not.toBe(token);
    expect(await resolve()).toBeUndefined();
    expect(await resolve(next)).toBeDefined();
  });

  it('lets through either the whole of a command or nothing of it', async () => {
    const otherToken = await signIn();
    const [actor, other, third] = [await signedIn(), await signedIn(otherToken), await signedIn(await signIn())];
    const [, used] = await Promise.allSettled([end(actor, other), end(other, third)]);
    if (used.status === 'rejected') expect(used.reason).toMatchObject({ code: 'UNAUTHENTICATED' });
    const left = (await sessions(actor)).map(({ id }) => id);
    expect(left.includes(sessionIdOf(third))).toBe(used.status === 'rejected');
    expect(await resolve(otherToken)).toBeUndefined();
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
      permissions: ['read', 'write', 'trade', 'account'],
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
