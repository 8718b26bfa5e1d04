import { createHash } from 'node:crypto';
import { newId } from '@trii/kernel';
import {
  callAs,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  expectRefusal,
  investorActor,
  operatorActor,
  post,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { erasePersonHandler } from './erase-person.ts';
import { personHandler } from './person.ts';
import { profileHandler } from './profile.ts';
import { resolveSession } from './session.ts';
import { signInHandler } from './sign-in.ts';
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

const PASSWORD = 'correct horse battery';
const operator = operatorActor();
const erase = (userId: string) => callAs(platform, operator)(erasePersonHandler, { userId });
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

async function signedIn() {
  const { id: userId, email } = await createUser(database, { passwordHash: await platform.passwords.hash(PASSWORD) });
  const signIn = () => callAs(platform, { kind: 'anonymous' })(signInHandler, { email, password: PASSWORD });
  const { token } = await signIn();
  const session = () =>
    resolveSession({ tokenHash: hashOf(token), sessions: platform.sessions, transactions: platform.transactions, clock: platform.clock });
  return { userId, email, signIn, session, actor: investorActor(userId) };
}

const emptied = (portfolio: { id: string; userId: string }) =>
  post(database, {
    portfolio,
    kind: 'WITHDRAWAL',
    lines: [
      { account: 'cash', asset: 'USD', amount: '-100' },
      { account: 'external', asset: 'USD', amount: '100' },
    ],
  });

it('refuses while a portfolio holds anything, and does nothing then', async () => {
  const { userId, session } = await signedIn();
  const portfolio = await createPortfolio(database, { userId });
  await deposit(database, portfolio, { amount: '100' });
  await expectRefusal(platform, () => erase(userId), { code: 'PERSON_HOLDS_ASSETS' });
  expect(await session()).toMatchObject({ userId });
  await emptied(portfolio);
  expect(await erase(userId)).toEqual({ userId, isNew: true });
});

it('destroys the key and whatever names the person, and ends their sessions in database and cache', async () => {
  const { userId, email, signIn, session, actor } = await signedIn();
  await callAs(platform, actor)(updateProfileHandler, {
    phone: '+573001234567',
    birthDate: '1990-05-17',
    incomeRange: { min: '1', max: '2' },
  });
  expect(await session()).toMatchObject({ userId });
  await erase(userId);
  const [left] = await platform.inspect(
    `SELECT u.email, u.password_hash, u.is_active, u.country_code, k.wrapped_key, k.destroyed_at IS NOT NULL AS destroyed,
       num_nonnulls(first_name, last_name, first_name_enc, last_name_enc, phone_enc, phone_bidx, birth_date_enc, income_range_enc, kyc_documents_enc) AS left,
       (SELECT count(*)::int FROM user_sessions s WHERE s.user_id = u.id AND (s.is_active OR s.ip_address IS NOT NULL OR s.device_info IS NOT NULL)) AS sessions
     FROM users u JOIN person_keys k ON k.user_id = u.id WHERE u.id = $1`,
    [userId],
  );
  expect(left).toEqual({
    email: `erased-${userId}@erased.invalid`,
    password_hash: 'erased',
    is_active: false,
    country_code: null,
    wrapped_key: null,
    destroyed: true,
    left: 0,
    sessions: 0,
  });
  expect(await session()).toBeUndefined();
  expect(await platform.inspect('SELECT FROM users WHERE email = $1', [email])).toEqual([]);
  await expect(signIn()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
});

it('leaves ledger and audit as they were, ciphertext that nothing opens any more included', async () => {
  const { userId, actor } = await signedIn();
  const portfolio = await createPortfolio(database, { userId });
  await deposit(database, portfolio, { amount: '100' });
  await emptied(portfolio);
  await callAs(platform, actor)(updateProfileHandler, { phone: '+573001234567' });
  const rows = () =>
    platform.inspect(
      // But for the row of the erasure itself, which stands in their trail too.
      `SELECT to_jsonb(a) FROM audit_logs a WHERE user_id = $1 AND use_case <> 'identity.erasePerson'
       UNION ALL SELECT to_jsonb(p) FROM postings p WHERE user_id = $1 ORDER BY 1`,
      [userId],
    );
  const before = await rows();
  await erase(userId);
  expect(await rows()).toEqual(before);
  expect(JSON.stringify(before)).toContain('"personal"');
});

it('tells it once, and says so to an operator who looks', async () => {
  const { userId, actor } = await signedIn();
  expect([await erase(userId), await erase(userId)]).toEqual([
    { userId, isNew: true },
    { userId, isNew: false },
  ]);
  expect(
    await platform.inspect("SELECT name FROM outbox WHERE aggregate_id = $1 AND name = 'identity.PersonErased'", [userId]),
  ).toHaveLength(1);
  const seen = await callAs(platform, operator)(personHandler, { userId });
  expect(seen).toMatchObject({ firstName: null, lastName: null, phone: null, isActive: false, erasedAt: expect.stringMatching(/^20.*Z$/) });
  expect(await callAs(platform, actor)(profileHandler, {})).toMatchObject({ firstName: null });
  await expect(callAs(platform, actor)(updateProfileHandler, { firstName: 'Ada' })).rejects.toMatchObject({ code: 'PERSON_ERASED' });
  await expectRefusal(platform, () => erase(newId()), { code: 'NOT_FOUND' });
});

it('closes the portfolios, so that money on its way does not arrive', async () => {
  const { userId } = await signedIn();
  const { id } = await createPortfolio(database, { userId });
  await erase(userId);
  expect(await platform.inspect('SELECT status FROM portfolios WHERE id = $1', [id])).toEqual([{ status: 'CLOSED' }]);
});
