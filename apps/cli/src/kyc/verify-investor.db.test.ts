import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type TriiClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningPlatform, startPlatform } from '../demo/running-platform.fixture.ts';

// From an event in the outbox to what a person reads, through api, workers and commands as they are run.

const PDF = Buffer.from('%PDF-1.4 the passport of Ada');
const email = 'ada@example.com';
const password = 'correct horse battery';

let trii: RunningPlatform;
let client: TriiClient;

beforeAll(async () => {
  trii = await startPlatform({ isBare: true });
  const anyone = createClient({ url: trii.apiUrl });
  await anyone.identity.register.mutate({ email, password, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  const { token } = await anyone.identity.signIn.mutate({ email, password });
  client = createClient({ url: trii.apiUrl, token });
}, 180_000);
afterAll(() => trii[Symbol.asyncDispose]());

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await trii.trii(...args, '--json');
  expect({ args, code, err }).toMatchObject({ code: 0 });
  return JSON.parse(out) as T;
}
const rows = (text: string) => withClient(trii.urls.admin, async (admin) => (await admin.query<Record<string, unknown>>(text)).rows);
/** Until the workers have done it. */
const soon = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 30_000, interval: 250 });

test('a registration is mailed by the workers, shown by `trii mail`, and its token verifies the address', async () => {
  await soon(async () => expect(await rows('SELECT FROM mails WHERE sent_at IS NOT NULL')).toHaveLength(1));
  const mails = await json<{ to: string; subject: string; text: string }[]>('mail');
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Confirma tu dirección · Confirm your address']]);
  const token = /^[\w-]{43}$/m.exec(mails[0]?.text ?? '')?.[0] ?? '';
  expect(await client.identity.verifyEmail.mutate({ token })).toEqual({ verified: true });
  expect(await rows('SELECT email_verified FROM users')).toEqual([{ email_verified: true }]);
}, 60_000);

test('documents are handed in, screened by the workers, looked at and decided by `trii kyc`, and the investor is told', async () => {
  const documentId = newId();
  await client.identity.uploadKycPart.mutate({ documentId, part: 0, content: PDF.toString('base64') });
  await client.identity.addKycDocument.mutate({ documentId, kind: 'PASSPORT', parts: 1 });
  const { submissionId } = await client.identity.submitKyc.mutate({});
  await soon(async () => expect(await rows('SELECT FROM kyc_screenings')).toHaveLength(2));
  const [waiting] = await json<{ userId: string; submissionId: string; screenings: unknown[] }[]>('kyc', 'pending');
  expect(waiting).toMatchObject({ submissionId, screenings: [{}, {}] });
  const userId = waiting?.userId ?? '';
  const file = join(trii.dataDir, 'passport.pdf');
  await json('kyc', 'document', userId, documentId, '--out', file);
  expect(readFileSync(file)).toEqual(PDF);
  await json('kyc', 'decide', userId, 'verified', '--reason', 'Passport and name match.');
  expect(await client.identity.kyc.query({})).toMatchObject({ kycStatus: 'VERIFIED', decisions: [{ reason: 'Passport and name match.' }] });
  await soon(async () => expect(await rows("SELECT type FROM notifications WHERE type = 'KYC'")).toHaveLength(1));
}, 60_000);
