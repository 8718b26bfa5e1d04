import { createHash } from 'node:crypto';
import { newId, systemClock } from '@trii/kernel';
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
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handlers } from '../handlers.ts';
import { anonymous, createExecutor, localOrigin, sessionIdOf, sessionLimitsByDefault } from '../platform/index.ts';
import { resolveApiKey } from './api-key.ts';
import { resolveSession } from './session.ts';

// Whatever ends a session or a key tells the cache too: else what is cached would be read for a while by who is out. The database refuses by itself.

const { changePassword, confirmPassword, confirmTotp, createApiKey, deactivate, disableTotp, endAllSessions, endSession, enrolTotp } =
  handlers.identity;
const { me, resetSecondFactor, revokeApiKey, setOperatorScopes, signIn } = handlers.identity;

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };

const password = 'correct horse battery';
const DAY_MS = 86_400_000;

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
  user = await createUser(database, { passwordHash: await platform.hashPassword(password) });
});

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
/** Nobody would be found in the database: what is known is what the cache says. */
const isCached = async (token: string): Promise<boolean> =>
  (await resolveSession({ tokenHash: hashOf(token), ...platform, transactions: { bulk: () => Promise.resolve([] as never) } })) !==
  undefined;

async function begin(): Promise<{ readonly token: string; readonly actor: UserActor }> {
  const { token } = await callAs(platform, anonymous)(signIn, { email: user.email, password });
  const actor = await resolveSession({ tokenHash: hashOf(token), ...platform });
  if (actor?.kind !== 'user') throw new Error('whoever signed in is a user');
  return { token, actor };
}

const codeOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: platform.clock.now().getTime() });
const operator = () => callAs(platform, operatorActor());

it.each<readonly [string, (own: UserActor, other: UserActor) => Promise<unknown>]>([
  ['endSession', (own, other) => callAs(platform, own)(endSession, { sessionId: sessionIdOf(other) })],
  ['endAllSessions', (own) => callAs(platform, own)(endAllSessions, { which: 'others' })],
  ['changePassword', (own) => callAs(platform, own)(changePassword, { currentPassword: password, newPassword: 'the stable is empty now' })],
  ['deactivate', () => operator()(deactivate, { userId: user.id, reason: 'lost telephone' })],
  ['setOperatorScopes', () => operator()(setOperatorScopes, { userId: user.id, scopes: ['operate'] })],
  ['resetSecondFactor', () => operator()(resetSecondFactor, { userId: user.id, reason: 'lost telephone' })],
  [
    'confirmTotp',
    async (own) => {
      const { secret } = await callAs(platform, own)(enrolTotp, {});
      await callAs(platform, own)(confirmTotp, { code: codeOf(secret) });
    },
  ],
])('%s ends the other session in the cache too', async (_what, end) => {
  const [own, other] = [await begin(), await begin()];
  expect(await isCached(other.token)).toBe(true);
  await end(own.actor, other.actor);
  expect(await isCached(other.token)).toBe(false);
  await expect(callAs(platform, other.actor)(me, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('disableTotp ends the other session in the cache too, and no recovery code is left of the factor', async () => {
  const own = await begin();
  const call = callAs(platform, own.actor);
  const { secret } = await call(enrolTotp, {});
  await call(confirmTotp, { code: codeOf(secret) });
  platform.clock.advance(60_000);
  const { token } = await callAs(platform, anonymous)(signIn, { email: user.email, password, code: codeOf(secret) });
  await resolveSession({ tokenHash: hashOf(token), ...platform });
  platform.clock.advance(60_000);
  await call(disableTotp, { code: codeOf(secret) });
  expect(await isCached(token)).toBe(false);
  expect(await platform.inspect('SELECT FROM recovery_codes WHERE user_id = $1', [user.id])).toEqual([]);
});

describe('a key of a program', () => {
  const keyOf = async (actor: UserActor) =>
    callAs(platform, actor)(createApiKey, { name: 'a program', permissions: ['read'], expiresInDays: 1 });
  const resolve = (key: string) => resolveApiKey({ tokenHash: hashOf(key), ...platform });

  it('that is revoked is revoked in the cache too', async () => {
    const { actor } = await begin();
    const { id, key } = await keyOf(actor);
    expect(await resolve(key)).toMatchObject({ apiKeyId: id });
    await callAs(platform, actor)(revokeApiKey, { keyId: id });
    expect(await isCached(key)).toBe(false);
    const program = { ...investorActor(user.id, ['read']), sessionId: id, apiKeyId: id };
    await expect(callAs(platform, program)(me, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('ends with its time, though the cache still has it, and the database says so by itself', async () => {
    const { actor } = await begin();
    const { id, key } = await keyOf(actor);
    expect(await resolve(key)).toBeDefined();
    platform.clock.advance(DAY_MS);
    expect(await resolve(key)).toBeUndefined();
    await platform.inspect(
      "UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second' WHERE id = $1",
      [id],
    );
    const program = { ...investorActor(user.id, ['read']), sessionId: id, apiKeyId: id };
    await expect(callAs(platform, program)(me, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('at the edge', () => {
  it('a session whose time is over by our clock has no successor', async () => {
    const { actor } = await begin();
    platform.clock.advance(DAY_MS);
    await expect(callAs(platform, actor)(confirmPassword, { password })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('who confirms the password makes up for mistakes before it', async () => {
    const { actor } = await begin();
    const before = platform.throttle.succeededFor.length;
    await callAs(platform, actor)(confirmPassword, { password });
    expect(platform.throttle.succeededFor.slice(before)).toEqual([user.email]);
  });

  /** The comparison, with something that happens while it goes on. */
  const meanwhile = (happen: () => Promise<unknown>) => {
    const verify = async (text: string, hash: string | null): Promise<boolean> => {
      const matches = await platform.passwords.verify(text, hash);
      await happen();
      return matches;
    };
    const tokens = { issue: () => newId(), hash: hashOf };
    const ports = { ...platform, passwords: { ...platform.passwords, verify }, tokens, sessionLimits: sessionLimitsByDefault };
    return createExecutor({ ...platform, ports, subscriptions: {} });
  };

  it('a password that was changed while it was compared is not changed again', async () => {
    const { actor } = await begin();
    const executor = meanwhile(() => platform.inspect("UPDATE users SET password_hash = 'another' WHERE id = $1", [user.id]));
    const input = { currentPassword: password, newPassword: 'the stable is empty now' };
    await expect(executor.run(changePassword, { actor, input, origin: localOrigin('request-1') })).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
    expect(await platform.inspect('SELECT password_hash FROM users WHERE id = $1', [user.id])).toEqual([{ password_hash: 'another' }]);
  });

  it('a second factor that began to count while the password was compared is asked for', async () => {
    const { actor } = await begin();
    const { secret } = await callAs(platform, actor)(enrolTotp, {});
    const confirm = () => callAs(platform, actor)(confirmTotp, { code: codeOf(secret) });
    const found: unknown[] = [];
    const { transactions } = platform;
    // After the look whether there is one: the last read before the transaction.
    const late = {
      ...transactions,
      begin: async (session: Parameters<typeof transactions.begin>[0]) => {
        if (found.length === 0) found.push(await confirm());
        return transactions.begin(session);
      },
    };
    const tokens = { issue: () => newId(), hash: hashOf };
    const executor = createExecutor({
      ...platform,
      transactions: late,
      ports: { ...platform, tokens, sessionLimits: sessionLimitsByDefault },
      subscriptions: {},
    });
    const call = { actor: anonymous, input: { email: user.email, password }, origin: localOrigin('request-1') };
    await expect(executor.run(signIn, call)).rejects.toMatchObject({ code: 'CONFLICT_RETRY' });
    await expect(executor.run(signIn, call)).rejects.toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
  });

  it('codes of the authenticator wait a quarter of an hour at most, and a factor that does not count yet takes no recovery code', async () => {
    const { actor } = await begin();
    const call = callAs(platform, actor);
    const { secret } = await call(enrolTotp, {});
    await platform.inspect('UPDATE totp_factors SET failed_attempts = 40, last_failed_at = $2 WHERE user_id = $1', [
      user.id,
      platform.clock.now(),
    ]);
    await expect(call(confirmTotp, { code: codeOf(secret) })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterMs: 900_000 },
    });
    const code = 'ABCDEF-ABCDEF-ABCDEF-ABCDEF';
    await platform.inspect('INSERT INTO recovery_codes (id, user_id, code_hash) VALUES ($1, $2, $3)', [
      newId(),
      user.id,
      hashOf(code.replaceAll('-', '')),
    ]);
    await expect(call(confirmTotp, { code })).rejects.toMatchObject({ code: 'INVALID_CODE' });
  });

  it('the database itself begins no session of more than 31 days, and grants no scope that is not one', async () => {
    const { actor } = await begin();
    const hash = await platform.hashPassword(password);
    const beginLong = database.as({ role: 'authenticated_user', userId: actor.userId }, (client) =>
      client.query('SELECT begin_session($1, $2, $3, NULL, NULL, now(), 2678401, 1800)', [newId(), hash, newId()]),
    );
    await expect(beginLong).rejects.toMatchObject({ code: '23514' });
    const grant = database.as({ role: 'admin_role', userId: null }, (client) =>
      client.query("SELECT set_operator_scopes($1, '{everything}')", [user.id]),
    );
    await expect(grant).rejects.toMatchObject({ code: '23514' });
  });
});
