import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { anonymous, systemActor } from '../../platform/index.ts';

const { confirmEmailChange, erasePerson, register, requestEmailChange, requestPasswordReset, resetPassword, signIn } = handlers.identity;
const HOUR_MS = 3_600_000;
const password = 'correct horse battery';

let database: TestDatabase;
let platform: TestPlatform;
let anyone: CallAs;
let email: string;
let userId: string;
let investor: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  anyone = callAs(platform, anonymous);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  email = newAddress();
  await anyone(register, { email, password, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  userId = (await platform.inspect<{ id: string }>('SELECT id FROM users WHERE email = $1', [email]))[0]?.id ?? '';
  investor = callAs(platform, investorActor(userId));
  await deliver();
});

const newAddress = (): string => `${newId()}@example.com`;

/** As the job does for each event. */
async function deliver(): Promise<void> {
  const due = await platform.inspect<{ id: string }>('SELECT id FROM mails WHERE sent_at IS NULL ORDER BY created_at, id');
  const worker = callAs(platform, systemActor('send-mail'));
  for (const { id } of due) await worker(systemHandlers.identity.sendMail, { mailId: id });
}
const sentTo = (address: string) => platform.mail.sent.filter(({ to }) => to === address);
const subjectsTo = (address: string) => sentTo(address).map(({ subject }) => subject.split(' · ')[1]);
/** Asks for the change and gives the token that came. */
async function tokenFor(newEmail: string, ask = investor): Promise<string> {
  await ask(requestEmailChange, { newEmail });
  await deliver();
  return /^[\w-]{43}$/m.exec(sentTo(newEmail).at(-1)?.text ?? '')?.[0] ?? '';
}
const addressOf = async (id = userId) => (await platform.inspect('SELECT email, email_verified FROM users WHERE id = $1', [id]))[0];

it('moves the account by the token of the new mailbox, tells the old one at once and after, and ends other sessions', async () => {
  const newEmail = newAddress();
  const { token: otherSession } = await anyone(signIn, { email, password });
  expect(otherSession).toBeDefined();
  const token = await tokenFor(newEmail);
  expect(await addressOf()).toEqual({ email, email_verified: false });
  expect(subjectsTo(email)).toEqual(['Confirm your address', 'A change of your address was asked for']);
  expect(await investor(confirmEmailChange, { token })).toEqual({ endedSessions: 1 });
  await deliver();
  expect(await addressOf()).toEqual({ email: newEmail, email_verified: true });
  expect(subjectsTo(email).at(-1)).toBe('Your address was changed');
  await anyone(signIn, { email: newEmail, password });
  await expect(anyone(signIn, { email, password })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  await expect(investor(confirmEmailChange, { token })).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await platform.inspect('SELECT FROM mails WHERE user_id = $1 AND address IS NOT NULL', [userId])).toEqual([]);
});

it('asks who signed in a while ago to confirm it, and refuses the own address', async () => {
  const late = callAs(platform, { ...investorActor(userId), authenticatedAt: 0 });
  await expect(late(requestEmailChange, { newEmail: newAddress() })).rejects.toMatchObject({ code: 'STEP_UP_REQUIRED' });
  await expect(investor(requestEmailChange, { newEmail: email.toUpperCase() })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'newEmail' }] },
  });
});

it('answers a taken address like a free one, and tells its owner alone', async () => {
  const taken = (await createUser(database)).email;
  expect(await investor(requestEmailChange, { newEmail: taken })).toEqual(await investor(requestEmailChange, { newEmail: newAddress() }));
  await deliver();
  expect(subjectsTo(taken)).toEqual(['You already have an account']);
  // Beyond what its owner is told in an hour, the answer stays the same, and nothing is mailed.
  for (let n = 0; n < 5; n += 1) {
    const other = callAs(platform, investorActor((await createUser(database)).id));
    expect(await other(requestEmailChange, { newEmail: taken })).toEqual({ accepted: true });
  }
  await deliver();
  expect(subjectsTo(taken)).toHaveLength(5);
  const [first, second] = await platform.inspect(
    "SELECT outcome, new_values FROM audit_logs WHERE user_id = $1 AND use_case = 'identity.requestEmailChange'",
    [userId],
  );
  expect(first).toEqual(second);
});

it('takes no token of somebody else’s, of another kind or after an hour; and asks five times an hour at most', async () => {
  const other = callAs(platform, investorActor((await createUser(database)).id));
  const token = await tokenFor(newAddress());
  await expect(other(confirmEmailChange, { token })).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  const ofVerification = /^[\w-]{43}$/m.exec(sentTo(email)[0]?.text ?? '')?.[0] ?? '';
  await expect(investor(confirmEmailChange, { token: ofVerification })).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  for (let n = 1; n < 5; n += 1) await investor(requestEmailChange, { newEmail: newAddress() });
  await expect(investor(requestEmailChange, { newEmail: newAddress() })).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  platform.clock.advance(HOUR_MS);
  await expect(investor(confirmEmailChange, { token })).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
});

it('lets one of two changes at once win, and the other token ends; so does one for a new password that went to the old address', async () => {
  await anyone(requestPasswordReset, { email });
  await deliver();
  const ofReset = /^[\w-]{43}$/m.exec(sentTo(email).at(-1)?.text ?? '')?.[0] ?? '';
  const addresses = [newAddress(), newAddress()];
  const tokens = [await tokenFor(addresses[0] ?? ''), await tokenFor(addresses[1] ?? '')];
  const both = await Promise.allSettled(tokens.map((token) => investor(confirmEmailChange, { token })));
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await addressOf())?.['email']).toBe(addresses[both[0]?.status === 'fulfilled' ? 0 : 1]);
  await expect(anyone(resetPassword, { token: ofReset, newPassword: 'the stable is empty now' })).rejects.toMatchObject({
    code: 'TOKEN_INVALID',
  });
});

it('lets one of two people at once have an address', async () => {
  const bob = (await createUser(database)).id;
  const bobs = callAs(platform, investorActor(bob));
  const newEmail = newAddress();
  const tokens = [await tokenFor(newEmail), await tokenFor(newEmail, bobs)];
  const both = await Promise.allSettled([
    investor(confirmEmailChange, { token: tokens[0] ?? '' }),
    bobs(confirmEmailChange, { token: tokens[1] ?? '' }),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'TOKEN_INVALID' } });
});

it('writes no address into audit, events or answers, and keeps none of who is erased', async () => {
  const newEmail = newAddress();
  await tokenFor(newEmail);
  const rows = await platform.inspect<{ row: string }>(
    'SELECT o::text AS row FROM outbox o UNION ALL SELECT d::text FROM deliveries d UNION ALL SELECT a::text FROM audit_logs a UNION ALL SELECT i::text FROM idempotency i',
  );
  expect(rows.filter(({ row }) => row.includes(newEmail))).toEqual([]);
  await callAs(platform, systemActor('cli'))(erasePerson, { userId });
  expect(await platform.inspect('SELECT FROM mails WHERE user_id = $1 AND address IS NOT NULL', [userId])).toEqual([]);
});
