import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handlers, systemHandlers } from '../../handlers.ts';
import { systemActor } from '../../platform/index.ts';
import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

const { addKycDocument, decideKyc, erasePerson, kyc, kycCase, pendingKyc, readKycDocument, submitKyc, updatePreferences, uploadKycPart } =
  handlers.identity;
const { eraseDocuments, screenKyc } = systemHandlers.identity;
const { tellKycDecision } = systemHandlers.notifications;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let investor: CallAs;
const operator = operatorActor();
let desk: CallAs;
let worker: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  desk = callAs(platform, operator);
  worker = callAs(platform, systemActor('test'));
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  userId = (await createUser(database, { kycStatus: 'PENDING' })).id;
  investor = callAs(platform, investorActor(userId));
});

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from('of Ada Lovelace, passport X1 ')]);
const SLICE = 147_456;

async function send(content: Buffer, documentId = newId()): Promise<{ documentId: string; parts: number }> {
  const parts = Math.ceil(content.length / SLICE);
  // Last first: they may come in any order.
  for (let part = parts - 1; part >= 0; part -= 1)
    await investor(uploadKycPart, { documentId, part, content: content.subarray(part * SLICE, (part + 1) * SLICE).toString('base64') });
  return { documentId, parts };
}
const add = async (content = PNG, kind: typeof addKycDocument.declaration.example.kind = 'PASSPORT') =>
  investor(addKycDocument, { ...(await send(content)), kind });
const event = async (name: string) =>
  (
    await platform.inspect<{ payload: never }>(
      'SELECT payload FROM outbox WHERE name = $1 AND user_id = $2 ORDER BY sequence DESC LIMIT 1',
      [name, userId],
    )
  )[0]?.payload;
const waiting = async () => (await platform.inspect('SELECT FROM kyc_document_parts WHERE user_id = $1', [userId])).length;

it('makes a document of its parts, knows it by its content, and keeps it for the investor’s key alone', async () => {
  const content = Buffer.concat([PNG, Buffer.alloc(2 * SLICE, 'x')]);
  const document = await add(content);
  expect(document).toEqual({
    documentId: document.documentId,
    kind: 'PASSPORT',
    contentType: 'image/png',
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    addedAt: platform.clock.now().toISOString(),
  });
  expect(await waiting()).toBe(0);
  expect(await investor(kyc, {})).toEqual({ kycStatus: 'PENDING', documents: [document], submissions: [], decisions: [] });
  const folder = join(database.servers.BLOB_FOLDER, userId);
  const [file = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, file)).includes('Lovelace')).toBe(false);
  const [row] = await platform.inspect<{ kyc_documents: unknown; kyc_documents_enc: Buffer }>(
    'SELECT kyc_documents, kyc_documents_enc FROM users WHERE id = $1',
    [userId],
  );
  expect(row?.kyc_documents).toBeNull();
  expect(row?.kyc_documents_enc.includes('PASSPORT')).toBe(false);
});

it.each([
  ['KYC_PARTS_MISSING', async () => ({ ...(await send(PNG)), parts: 3 }), { missing: [1, 2] }],
  ['DOCUMENT_TYPE_UNKNOWN', () => send(Buffer.from('<svg onload="alert(1)">')), {}],
  ['PAYLOAD_TOO_LARGE', () => send(Buffer.concat([PNG, Buffer.alloc(5 * 1024 * 1024)])), { bytesMax: 5 * 1024 * 1024 }],
])('refuses with %s, and keeps no blob', async (code, upload, details) => {
  await expect(investor(addKycDocument, { ...(await upload()), kind: 'PASSPORT' })).rejects.toMatchObject({ code, details });
  expect(await platform.blobs.list(userId)).toEqual([]);
  expect((await investor(kyc, {})).documents).toEqual([]);
  expect(
    await platform.inspect(`SELECT outcome FROM audit_logs WHERE user_id = $1 AND use_case = 'identity.addKycDocument'`, [userId]),
  ).toEqual([{ outcome: 'refused' }]);
});

it('bounds what waits and what is kept, and takes no id twice', async () => {
  const { documentId } = await add();
  await send(PNG, documentId);
  await expect(investor(addKycDocument, { documentId, parts: 1, kind: 'SELFIE' })).rejects.toMatchObject({ code: 'KYC_DOCUMENT_EXISTS' });
  await platform.inspect(
    `INSERT INTO kyc_document_parts SELECT user_id, gen_random_uuid(), 0, content_enc, created_at FROM kyc_document_parts, generate_series(1, 99) WHERE user_id = $1`,
    [userId],
  );
  await expect(send(PNG)).rejects.toMatchObject({ code: 'TOO_MANY_DOCUMENTS' });
  // The same part again takes no more room, and what waited for a day is let go.
  await send(PNG, documentId);
  await platform.inspect(`UPDATE kyc_document_parts SET created_at = created_at - interval '25 hours' WHERE user_id = $1`, [userId]);
  await send(PNG);
  expect(await waiting()).toBe(1);
});

it('goes from documents to a review, to no, and by another document to yes', async () => {
  await expect(investor(submitKyc, {})).rejects.toMatchObject({ code: 'KYC_DOCUMENT_MISSING' });
  const selfie = await add(PNG, 'SELFIE');
  await expect(investor(submitKyc, {})).rejects.toMatchObject({ code: 'KYC_DOCUMENT_MISSING' });
  const passport = await add(Buffer.from('%PDF-1.7 an old passport'));
  const first = await investor(submitKyc, {});
  expect(first).toMatchObject({ kycStatus: 'PENDING', documentIds: [selfie.documentId, passport.documentId] });
  await expect(investor(submitKyc, {})).rejects.toMatchObject({ code: 'KYC_IN_REVIEW' });
  const no = await desk(decideKyc, { userId, decision: 'REJECTED', reason: 'The passport has expired.' });
  await add(Buffer.from('\xff\xd8\xff\xe0 a new one', 'latin1'), 'IDENTITY_CARD');
  const second = await investor(submitKyc, {});
  expect((await investor(kyc, {})).kycStatus).toBe('PENDING');
  const yes = await desk(decideKyc, { userId, decision: 'VERIFIED', reason: 'The card matches the selfie.' });
  await expect(investor(submitKyc, {})).rejects.toMatchObject({ code: 'KYC_ALREADY_DECIDED' });
  expect(await investor(kyc, {})).toMatchObject({
    kycStatus: 'VERIFIED',
    documents: [{ kind: 'SELFIE' }, { kind: 'PASSPORT', contentType: 'application/pdf' }, { contentType: 'image/jpeg' }],
    submissions: [
      { submissionId: second.submissionId, decisionId: yes.decisionId },
      { submissionId: first.submissionId, decisionId: no.decisionId },
    ],
    decisions: [
      { previousStatus: 'PENDING', status: 'VERIFIED', reason: 'The card matches the selfie.' },
      { previousStatus: 'PENDING', status: 'REJECTED', reason: 'The passport has expired.' },
    ],
  });
});

it('lists what waits for an operator, oldest first, with what the providers say, and tells investors nothing of that', async () => {
  await add();
  const { submissionId } = await investor(submitKyc, {});
  expect(await event('identity.KycSubmitted')).toEqual({ userId, submissionId });
  expect(await worker(screenKyc, { userId, submissionId })).toEqual({ checks: 2 });
  await worker(screenKyc, { userId, submissionId });
  platform.clock.advance(1);
  const other = (await createUser(database, { kycStatus: 'PENDING' })).id;
  [userId, investor] = [other, callAs(platform, investorActor(other))];
  await add();
  await investor(submitKyc, {});
  const page = await desk(pendingKyc, { limit: 1 });
  const rest = await desk(pendingKyc, page.nextCursor === null ? {} : { cursor: page.nextCursor });
  const mine = [...page.items, ...rest.items].filter((item) => item.submissionId === submissionId || item.userId === other);
  expect(mine).toMatchObject([
    {
      submissionId,
      documents: 1,
      screenings: [
        { check: 'IDENTITY', outcome: 'REVIEW' },
        { check: 'SANCTIONS', outcome: 'CLEAR' },
      ],
    },
    { userId: other, screenings: [] },
  ]);
  await expect(desk(pendingKyc, { cursor: 'of somebody else' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

it('opens a case and a document to an operator, in the investor’s own trail, the document after its row', async () => {
  const document = await add();
  const { submissionId } = await investor(submitKyc, {});
  await worker(screenKyc, { userId, submissionId });
  expect(await desk(kycCase, { userId })).toMatchObject({
    firstName: 'Ada',
    countryCode: 'CO',
    documents: [document],
    screenings: [{ check: 'IDENTITY', findings: ['MISSING_BIRTH_DATE'] }, { check: 'SANCTIONS' }],
  });
  const { content, ...shown } = await desk(readKycDocument, { userId, documentId: document.documentId });
  expect([shown, Buffer.from(content, 'base64')]).toEqual([document, PNG]);
  await expect(desk(readKycDocument, { userId, documentId: newId() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const looks = await platform.inspect(
    `SELECT use_case, action, outcome, new_values->>'documentId' AS document FROM audit_logs WHERE user_id = $1 AND actor = $2 ORDER BY created_at, id`,
    [userId, `user:${operator.userId}`],
  );
  expect(looks).toEqual([
    { use_case: 'identity.kycCase', action: 'READ', outcome: 'ok', document: null },
    { use_case: 'identity.readKycDocument', action: 'READ', outcome: 'ok', document: document.documentId },
    { use_case: 'identity.readKycDocument', action: 'READ', outcome: 'refused', document: null },
  ]);
});

it.each([
  ['es', 'VERIFIED', 'Identidad verificada'],
  ['en', 'VERIFIED', 'Identity verified'],
  ['en', 'REJECTED', 'Your identity could not be verified'],
] as const)('tells in %s that it was %s, without the reason', async (language, decision, title) => {
  if (language !== 'es') await investor(updatePreferences, { language });
  const { decisionId } = await desk(decideKyc, { userId, decision, reason: 'Seen by Bob.' });
  const payload = await event('identity.KycDecided');
  expect(payload).toEqual({ userId, decisionId, status: decision });
  await worker(tellKycDecision, payload ?? tellKycDecision.declaration.example);
  const rows = await platform.inspect('SELECT type, title, message, metadata, is_read FROM notifications WHERE user_id = $1', [userId]);
  expect(rows).toMatchObject([{ type: 'KYC', title, metadata: { decisionId, status: decision }, is_read: false }]);
  expect(JSON.stringify(rows)).not.toContain('Bob');
});

it('erases with a person all that they uploaded, and opens the reasons no more', async () => {
  const document = await add();
  await send(PNG);
  await desk(decideKyc, { userId, decision: 'REJECTED', reason: 'Not Ada.' });
  await callAs(platform, systemActor('cli'))(erasePerson, { userId });
  expect(await waiting()).toBe(0);
  await expect(desk(readKycDocument, { userId, documentId: document.documentId })).rejects.toMatchObject({ code: 'PERSON_ERASED' });
  await worker(eraseDocuments, { userId });
  expect(await platform.blobs.list(userId)).toEqual([]);
  expect(await desk(kycCase, { userId })).toMatchObject({ documents: [], decisions: [{ status: 'REJECTED', reason: null }] });
});
