import { callAs, createTestDatabase, createTestPlatform, createUser, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anonymous, type CommandHandler } from '../platform/index.ts';
import { requestPasswordResetHandler } from './mails/request-mails.ts';
import { resetPasswordHandler } from './mails/reset-password.ts';
import { registerHandler } from './register.ts';
import { signInHandler } from './sign-in.ts';

// Whoever asks learns by no clock whether somebody has an account: the same statements and as many hashes, one by one, in either case. Time itself is
// measured by no test: on a busy machine it tells nothing.

let database: TestDatabase;
let platform: TestPlatform;
let statements: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { onStatement: ({ text }) => statements.push(text) });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const PASSWORD = 'correct horse battery';
const known = async (active = true): Promise<string> => {
  const { id, email } = await createUser(database, { passwordHash: await platform.passwords.hash(PASSWORD) });
  if (!active) await platform.inspect('UPDATE users SET is_active = false WHERE id = $1', [id]);
  return email;
};
const unknown = (): string => `${newId()}@example.com`;

/** What a call does that takes time, and how it ends. */
async function workOf<H extends CommandHandler>(handler: H, input: H['declaration']['example']) {
  statements = [];
  const [hashed, verified] = [platform.passwords.hashed(), platform.passwords.verified.length];
  const end = await callAs(platform, anonymous)(handler, input).then(
    () => 'done',
    ({ code }: { readonly code: string }) => code,
  );
  return { end, statements, hashed: platform.passwords.hashed() - hashed, verified: platform.passwords.verified.length - verified };
}
/** Goes up with every event that is written, also with one that is undone. */
const eventsBegun = async (): Promise<number> => {
  const [row] = await platform.inspect<{ last: string }>(
    `SELECT last_value AS last FROM pg_sequences WHERE sequencename = split_part(pg_get_serial_sequence('outbox', 'sequence'), '.', 2)`,
  );
  return Number(row?.last ?? 0);
};

it('signing in: a wrong password, a closed account and nobody are the same work', async () => {
  const wrong = await workOf(signInHandler, { email: await known(), password: 'another password' });
  expect(wrong).toMatchObject({ end: 'INVALID_CREDENTIALS', hashed: 0, verified: 1 });
  expect(await workOf(signInHandler, { email: await known(false), password: PASSWORD })).toEqual(wrong);
  expect(await workOf(signInHandler, { email: unknown(), password: PASSWORD })).toEqual(wrong);
});

it('registering: a taken address and a free one are the same work', async () => {
  const person = { password: PASSWORD, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO', timezone: 'America/Bogota' };
  const free = await workOf(registerHandler, { ...person, email: unknown() });
  expect(free).toMatchObject({ end: 'done', hashed: 1, verified: 0 });
  expect(await workOf(registerHandler, { ...person, email: await known() })).toEqual(free);
});

it('asking for a reset: somebody, nobody, a closed account and one that asked too often are the same work, in the database too', async () => {
  const email = await known();
  const begun = async (of: string) => {
    const before = await eventsBegun();
    const work = await workOf(requestPasswordResetHandler, { email: of });
    return { work, events: (await eventsBegun()) - before };
  };
  const somebody = await begun(email);
  expect(somebody).toMatchObject({ work: { end: 'done', hashed: 0, verified: 0 }, events: 1 });
  expect(await begun(unknown())).toEqual(somebody);
  expect(await begun(await known(false))).toEqual(somebody);
  for (let n = 0; n < 6; n += 1) expect(await begun(email)).toEqual(somebody);
  const kept = await platform.inspect(
    "SELECT (SELECT count(*)::int FROM mails WHERE kind = 'RESET_PASSWORD') AS mails, (SELECT count(*)::int FROM outbox WHERE name = 'identity.MailDue') AS events",
  );
  // Five of the one who may have them, and the mails of those who registered.
  expect(kept).toEqual([{ mails: 5, events: 7 }]);
});

it('a token of a reset that was made up costs a hash like a true one', async () => {
  expect(await workOf(resetPasswordHandler, { token: 'A'.repeat(43), newPassword: 'the stable is empty now' })).toMatchObject({
    end: 'TOKEN_INVALID',
    hashed: 1,
    verified: 0,
  });
});
