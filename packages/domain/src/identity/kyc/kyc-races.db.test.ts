import { newId } from '@trii/kernel';
import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { systemActor } from '../../platform/index.ts';

const { addKycDocument, consents, decideKyc, kyc, submitKyc, uploadKycPart } = handlers.identity;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let investor: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  userId = (await createUser(database, { kycStatus: 'PENDING' })).id;
  investor = callAs(platform, investorActor(userId));
});

const PDF = Buffer.from('%PDF-1.7 of Ada').toString('base64');
async function sent(documentId = newId()): Promise<string> {
  await investor(uploadKycPart, { documentId, part: 0, content: PDF });
  return documentId;
}
const add = (documentId: string) => investor(addKycDocument, { documentId, parts: 1, kind: 'PASSPORT' });
/** How many were done, and why the others were not. */
async function atOnce(calls: readonly Promise<unknown>[]) {
  const settled = await Promise.allSettled(calls);
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { readonly code: string }).code] : []));
  return { done: settled.length - refused.length, refused: [...new Set(refused)] };
}

it('loses no document of several that are made at once, and makes one of an id once', async () => {
  const ids = await Promise.all([sent(), sent(), sent(), sent()]);
  expect(await atOnce(ids.map(add))).toEqual({ done: 4, refused: [] });
  expect((await investor(kyc, {})).documents.map(({ documentId }) => documentId).toSorted()).toEqual(ids.toSorted());
  const twice = await sent();
  expect(await atOnce([add(twice), add(twice), add(twice)])).toEqual({ done: 1, refused: ['KYC_DOCUMENT_EXISTS'] });
  expect((await investor(kyc, {})).documents).toHaveLength(5);
});

it('takes one submission and one decision of several at once', async () => {
  await add(await sent());
  expect(await atOnce(Array.from({ length: 4 }, () => investor(submitKyc, {})))).toEqual({ done: 1, refused: ['KYC_IN_REVIEW'] });
  const decision = { userId, decision: 'VERIFIED', reason: 'Passport and selfie match.' } as const;
  const desks = Array.from({ length: 4 }, () => callAs(platform, operatorActor()));
  expect(await atOnce(desks.map((desk) => desk(decideKyc, decision)))).toEqual({ done: 1, refused: ['KYC_ALREADY_DECIDED'] });
  expect((await investor(kyc, {})).decisions).toHaveLength(1);
});

it('keeps a bounded number of blobs, of calls that broke off too', async () => {
  await platform.blobs.put(await platform.vault.issue(userId), newId(), [Buffer.from('left over')]);
  const list = () => Promise.resolve(Array.from({ length: 60 }, () => newId()));
  const crowded = await createTestPlatform(database, { blobs: { ...platform.blobs, list } });
  try {
    const documentId = await sent();
    const call = callAs(crowded, investorActor(userId))(addKycDocument, { documentId, parts: 1, kind: 'PASSPORT' });
    await expect(call).rejects.toMatchObject({ code: 'TOO_MANY_DOCUMENTS' });
  } finally {
    await crowded.close();
  }
});

it('asks the providers about nobody by the submission of somebody else', async () => {
  await add(await sent());
  const { submissionId } = await investor(submitKyc, {});
  const other = (await createUser(database, { kycStatus: 'PENDING' })).id;
  const screen = callAs(platform, systemActor('test'))(systemHandlers.identity.screenKyc, { userId: other, submissionId });
  await expect(screen).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('takes a yes to another version of a document for none to this one', async () => {
  await platform.inspect(
    "INSERT INTO consents (id, user_id, document, version, is_accepted, given_at) VALUES ($1, $2, 'TERMS', 2, true, now())",
    [newId(), userId],
  );
  expect((await investor(consents, {})).current.find(({ document }) => document === 'TERMS')).toMatchObject({
    version: 1,
    isAccepted: false,
  });
});
