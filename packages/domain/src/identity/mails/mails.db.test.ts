import { callAs, createTestDatabase, investorActor, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { anonymous, localOrigin, systemActor } from '../../platform/index.ts';
import { resolveApiKey } from '../api-key.ts';
import { changePasswordHandler } from '../change-password.ts';
import { createApiKeyHandler } from '../create-api-key.ts';
import { profileHandler } from '../profile.ts';
import { registerHandler } from '../register.ts';
import { resolveSession } from '../session.ts';
import { signInHandler } from '../sign-in.ts';
import { requestPasswordResetHandler } from './request-mails.ts';
import { resetPasswordHandler } from './reset-password.ts';
import { sendMailHandler } from './send-mail.ts';
import { verifyEmailHandler } from './verify-email.ts';

let database: TestDatabase;
let platform: TestPlatform;
let email: string;
let userId: string;

const password = 'correct horse battery';
const next = 'the stable is empty now';
const origin = localOrigin('request-1');
const HALF_HOUR_MS = 1_800_000;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  email = `${newId()}@example.com`;
  ({ userId } = await register());
  await deliver();
});

const run = platformRun();
function platformRun() {
  return {
    reset: (token: string, newPassword = next) =>
      platform.executor.run(resetPasswordHandler, { actor: anonymous, input: { token, newPassword }, origin }),
    ask: (of: string) => platform.executor.run(requestPasswordResetHandler, { actor: anonymous, input: { email: of }, origin }),
    verify: (token: string) => platform.executor.run(verifyEmailHandler, { actor: anonymous, input: { token }, origin }),
  };
}
const register = () =>
  platform.executor.run(registerHandler, {
    actor: anonymous,
    input: { email, password, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' },
    origin,
  });
const keyIds = async () =>
  (await platform.inspect<{ id: string }>('SELECT id FROM api_keys WHERE user_id = $1', [userId])).map(({ id }) => id);
const signIn = (by = password) => platform.executor.run(signInHandler, { actor: anonymous, input: { email, password: by }, origin });

/** As the job does for each event; what was sent then, the newest last. */
async function deliver() {
  const due = await platform.inspect<{ id: string }>('SELECT id FROM mails WHERE sent_at IS NULL ORDER BY created_at, id');
  for (const { id } of due)
    await platform.executor.run(sendMailHandler, { actor: systemActor('send-mail'), input: { mailId: id }, origin });
  return platform.mail.sent.filter(({ to }) => to === email);
}
const tokenIn = (text = ''): string => /^[\w-]{43}$/m.exec(text)?.[0] ?? '';
const newestToken = async (): Promise<string> => tokenIn((await deliver()).at(-1)?.text);
const isVerified = async () => (await platform.inspect('SELECT email_verified FROM users WHERE id = $1', [userId]))[0]?.['email_verified'];
const closeAccount = () => platform.inspect('UPDATE users SET is_active = false WHERE id = $1', [userId]);

it('mails a token that verifies the address, once', async () => {
  const token = await newestToken();
  expect(await isVerified()).toBe(false);
  expect(await run.verify(token)).toEqual({ verified: true });
  expect(await isVerified()).toBe(true);
  await expect(run.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

it('answers a taken address like a free one, after as many hashes, and tells its owner alone', async () => {
  const before = await platform.inspect('SELECT count(*)::int AS count FROM users');
  const again = await register();
  expect(Object.keys(again)).toEqual(['userId']);
  expect(again.userId).not.toBe(userId);
  expect(await platform.inspect('SELECT count(*)::int AS count FROM users')).toEqual(before);
  expect((await deliver()).map(({ subject }) => subject)).toEqual([
    'Confirma tu dirección · Confirm your address',
    'Ya tienes una cuenta · You already have an account',
  ]);
  await signIn();
});

it('lets one of two racing registrations of an address have it', async () => {
  email = `${newId()}@example.com`;
  await Promise.all([register(), register()]);
  expect(await platform.inspect('SELECT FROM users WHERE email = $1', [email])).toHaveLength(1);
});

it('sets a new password by the token of a mail, once, and ends every session', async () => {
  const { token: sessionToken } = await signIn();
  await run.ask(email.toUpperCase());
  const token = await newestToken();
  expect(await run.reset(token)).toEqual({ endedSessions: 1, revokedKeys: 0 });
  const tokenHash = createHash('sha256').update(sessionToken).digest('base64url');
  expect(await resolveSession({ tokenHash, ...platform })).toBeUndefined();
  await expect(signIn()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  await signIn(next);
  await expect(run.reset(token, 'yet another sentence')).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  await signIn(next);
});

it('revokes the keys of programs too, which whoever had the account may have made; a change of the password leaves them', async () => {
  const { token: sessionToken } = await signIn();
  const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');
  const actor = await resolveSession({ tokenHash: hashOf(sessionToken), ...platform });
  const call = callAs(platform, actor ?? anonymous);
  const { key } = await call(createApiKeyHandler, { name: 'a program', permissions: ['read'] });
  const opened = () => resolveApiKey({ tokenHash: hashOf(key), ...platform });
  await call(changePasswordHandler, { currentPassword: password, newPassword: 'quite another sentence' });
  expect(await opened()).toMatchObject({ userId });
  await run.ask(email);
  expect(await run.reset(await newestToken())).toEqual({ endedSessions: 1, revokedKeys: 1 });
  expect(await opened()).toBeUndefined();
  const program = { ...investorActor(userId, ['read']), sessionId: (await keyIds())[0] ?? '' };
  await expect(callAs(platform, program)(profileHandler, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('refuses a new password that is made of the person’s own words, with a token that still counts after', async () => {
  await run.ask(email);
  const token = await newestToken();
  for (const own of [`${email.split('@')[0]}2026`, 'Ada Lovelace 1815'])
    await expect(run.reset(token, own)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { issues: [{ path: 'newPassword' }] } });
  await expect(run.reset('B'.repeat(43), 'Ada Lovelace 1815')).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  await run.reset(token);
  await signIn(next);
});

it.each([
  ['the same token', 1],
  ['two tokens', 2],
])('lets one of two resets at once by %s win', async (_what, asked) => {
  for (let n = 0; n < asked; n += 1) await run.ask(email);
  const tokens = (await deliver()).slice(1).map(({ text }) => tokenIn(text));
  expect(new Set(tokens).size).toBe(asked);
  const both = await Promise.allSettled([run.reset(tokens[0] ?? ''), run.reset(tokens[asked - 1] ?? '', 'quite another sentence')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'TOKEN_INVALID' } });
  await signIn(both[0].status === 'fulfilled' ? next : 'quite another sentence');
});

it('asks the same of an address that nobody has: one answer, no hash, an audit row; and mails nothing', async () => {
  const compared = platform.passwords.verified.length;
  const mails = () => platform.inspect("SELECT FROM mails WHERE kind = 'RESET_PASSWORD'");
  const before = (await mails()).length;
  expect(await run.ask(`${newId()}@example.com`)).toEqual(await run.ask(email));
  expect(platform.passwords.verified).toHaveLength(compared);
  expect((await mails()).length).toBe(before + 1);
});

it('takes no token after its time, of another kind, or that never was; and mails at most five an hour', async () => {
  await expect(run.reset(tokenIn((await deliver())[0]?.text))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  await expect(run.reset('A'.repeat(43))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  for (let n = 0; n < 7; n += 1) await run.ask(email);
  expect((await deliver()).slice(1)).toHaveLength(5);
  const token = await newestToken();
  platform.clock.advance(HALF_HOUR_MS);
  await expect(run.reset(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

it('leaves no token anywhere but in the mail: its event holds an id, its row a hash', async () => {
  const token = await newestToken();
  const rows = await platform.inspect<{ row: string }>(
    `SELECT m::text AS row FROM mails m UNION ALL SELECT o::text FROM outbox o UNION ALL SELECT d::text FROM deliveries d
     UNION ALL SELECT a::text FROM audit_logs a`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ row }) => row.includes(token))).toEqual([]);
  const [event] = await platform.inspect("SELECT payload FROM outbox WHERE name = 'identity.MailDue' ORDER BY sequence DESC LIMIT 1");
  expect(Object.keys(event?.['payload'] as object)).toEqual(['mailId']);
});

it('verifies no address by the token of a reset, which still counts after', async () => {
  await run.ask(email);
  const token = await newestToken();
  await expect(run.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await isVerified()).toBe(false);
  await run.reset(token);
});

it('verifies no address by a token whose time is over', async () => {
  const token = await newestToken();
  await platform.inspect('UPDATE mails SET expires_at = $2 WHERE user_id = $1', [userId, platform.clock.now()]);
  await expect(run.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await isVerified()).toBe(false);
});

it('verifies nothing of a closed account, and sets no password there', async () => {
  const verification = await newestToken();
  await run.ask(email);
  const reset = await newestToken();
  await closeAccount();
  await run.verify(verification);
  expect(await isVerified()).toBe(false);
  const hash = () => platform.inspect('SELECT password_hash FROM users WHERE id = $1', [userId]);
  const before = await hash();
  await expect(run.reset(reset)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await hash()).toEqual(before);
});

it.each([
  ['to a closed account', () => closeAccount()],
  ['whose token was used meanwhile', () => platform.inspect('UPDATE mails SET used_at = now() WHERE user_id = $1', [userId])],
])('sends no mail %s', async (_what, happen) => {
  const before = (await deliver()).length;
  await run.ask(email);
  await happen();
  expect(await deliver()).toHaveLength(before);
});
