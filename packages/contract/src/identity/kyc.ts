import { z } from 'zod';
import { command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Id, Instant, pageOf, PageLimit } from '../fields.ts';

const PERSON = '00000000-0000-7000-8000-000000000001';
const DOCUMENT = '00000000-0000-7000-8000-000000000002';
const SUBMISSION = '00000000-0000-7000-8000-000000000003';

export const KycStatus = z.enum(['PENDING', 'VERIFIED', 'REJECTED']);
const Verdict = KycStatus.exclude(['PENDING']);

/** A part is at most 144 KiB, so that its base64 fits a request's body; a document is at most 40 of them, and 5 MiB; an investor keeps 20. */
export const kycLimits = { parts: 40, bytes: 5 * 1024 * 1024, documents: 20 } as const;
const PART_TEXT_MAX = 196_608;

const DocumentKind = z.enum(['PASSPORT', 'IDENTITY_CARD', 'DRIVING_LICENCE', 'PROOF_OF_ADDRESS', 'SELFIE']);
const ContentType = z.enum(['image/jpeg', 'image/png', 'application/pdf']);
const Base64 = z
  .string()
  .min(4)
  .max(PART_TEXT_MAX)
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64')
  .refine((text) => text.length % 4 === 0, 'base64, padded')
  .describe('Base64 of at most 147,456 bytes.');

export const KycDocument = z.object({
  documentId: Id,
  kind: DocumentKind,
  contentType: ContentType,
  bytes: z.int(),
  sha256: z.string().describe('Of the content, in hexadecimal.'),
  addedAt: Instant,
});

const Decision = z.object({
  decisionId: Id,
  previousStatus: KycStatus,
  status: KycStatus,
  reason: z.string().nullable().describe('Null once the person is erased.'),
  decidedAt: Instant,
});

const Submission = z.object({ submissionId: Id, documentIds: z.array(Id), submittedAt: Instant, decisionId: Id.nullable() });

/** The newest hundred of each. */
const KycFile = z.object({
  kycStatus: KycStatus,
  documents: z.array(KycDocument),
  submissions: z.array(Submission).describe('Newest first; the one without a decision is under review.'),
  decisions: z.array(Decision).describe('Newest first.'),
});

export const uploadKycPart = command('identity.uploadKycPart', {
  summary:
    'Send one part of a document, in any order and again if need be; the last one sent of a number counts. Parts wait for a day, encrypted, for addKycDocument.',
  input: z.strictObject({
    documentId: Id.describe('Chosen by the caller, the same for all parts.'),
    part: z
      .int()
      .min(0)
      .max(kycLimits.parts - 1),
    content: Base64,
  }),
  output: z.object({ documentId: Id, part: z.int(), bytes: z.int() }),
  access: scope('account'),
  errors: ['TOO_MANY_DOCUMENTS', 'PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'CREATE', idField: 'documentId' },
  pii: true,
  example: { documentId: DOCUMENT, part: 0, content: 'JVBERi0xLjQK' },
});

export const addKycDocument = command('identity.addKycDocument', {
  summary:
    'Make a document of the parts that were sent. Its type is told by its content: JPEG, PNG or PDF, at most 5 MiB. It rests encrypted under the investor’s own key.',
  input: z.strictObject({ documentId: Id, kind: DocumentKind, parts: z.int().min(1).max(kycLimits.parts).describe('How many were sent.') }),
  output: KycDocument,
  access: scope('account'),
  errors: [
    'NOT_FOUND',
    'KYC_PARTS_MISSING',
    'KYC_DOCUMENT_EXISTS',
    'DOCUMENT_TYPE_UNKNOWN',
    'PAYLOAD_TOO_LARGE',
    'TOO_MANY_DOCUMENTS',
    'PERSON_ERASED',
    'KEY_UNAVAILABLE',
  ],
  audit: { entityType: 'KYC', action: 'CREATE', idField: 'documentId' },
  pii: true,
  cost: 5,
  example: { documentId: DOCUMENT, kind: 'PASSPORT', parts: 1 },
});

export const submitKyc = command('identity.submitKyc', {
  summary:
    'Hand in all documents for review, which count for nothing before; at least one shows who the investor is. After a rejection the same again, with what was missing.',
  input: z.strictObject({}),
  output: z.object({ submissionId: Id, kycStatus: KycStatus, documentIds: z.array(Id) }),
  access: scope('account'),
  stepUp: true,
  errors: ['KYC_DOCUMENT_MISSING', 'KYC_IN_REVIEW', 'KYC_ALREADY_DECIDED', 'PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'UPDATE' },
  pii: true,
  example: {},
});

export const kyc = query('identity.kyc', {
  summary: 'Where the investor’s verification stands: own documents, what was handed in, and what was decided, with the reasons.',
  input: z.strictObject({}),
  output: KycFile,
  access: scope('account'),
  audit: { entityType: 'KYC', action: 'READ' },
  pii: true,
  example: {},
});

export const pendingKyc = query('identity.pendingKyc', {
  summary:
    'Whose documents wait for a decision, oldest first, with what the providers found. No name: opening a case is a look of its own.',
  input: z.strictObject({ cursor: z.string().max(80).optional(), limit: PageLimit }),
  output: pageOf(
    z.object({
      userId: Id,
      submissionId: Id,
      submittedAt: Instant,
      documents: z.int(),
      screenings: z.array(z.object({ check: z.string(), outcome: z.string() })).describe('Empty until the providers have answered.'),
    }),
  ),
  access: operator('operate'),
  example: {},
});

export const kycCase = query('identity.kycCase', {
  summary: 'Everything about one investor’s verification, for who decides. Every look leaves a row in the investor’s own trail.',
  input: z.strictObject({ userId: Id }),
  output: KycFile.extend({
    userId: Id,
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    birthDate: z.string().nullable(),
    countryCode: z.string().nullable(),
    screenings: z
      .array(
        z.object({
          submissionId: Id,
          check: z.string(),
          provider: z.string(),
          outcome: z.string(),
          findings: z.array(z.string()),
          screenedAt: Instant,
        }),
      )
      .describe('Of the newest hundred submissions. Not to be told to the investor.'),
  }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'READ', idField: 'userId', isOfPerson: true },
  pii: true,
  subject: 'userId',
  example: { userId: PERSON },
});

export const readKycDocument = command('identity.readKycDocument', {
  summary: 'Show an operator one document. The row in the investor’s own trail is committed before the document goes out.',
  input: z.strictObject({ userId: Id, documentId: Id }),
  output: KycDocument.extend({ content: z.string().describe('Base64.') }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'READ', idField: 'userId', isOfPerson: true },
  replay: 'none',
  pii: true,
  subject: 'userId',
  cost: 5,
  example: { userId: PERSON, documentId: DOCUMENT },
});

export const decideKyc = command('identity.decideKyc', {
  summary:
    'Decide whether an investor is who they say. Only verified investors trade, from their next call on; every decision stays in the history.',
  input: z.strictObject({
    userId: Id,
    decision: Verdict,
    reason: z.string().trim().min(1).max(500).describe('Told to the investor.'),
  }),
  output: z.object({ decisionId: Id, previousStatus: KycStatus, kycStatus: KycStatus }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'KYC_ALREADY_DECIDED', 'PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'UPDATE', idField: 'userId', isOfPerson: true },
  pii: true,
  subject: 'userId',
  example: { userId: PERSON, decision: 'VERIFIED', reason: 'Passport and selfie match.' },
});

export const screenKyc = command('identity.screenKyc', {
  summary: 'Ask the providers of identity and sanctions checks about who handed in documents, and keep their answers for the operator.',
  input: z.strictObject({ userId: Id, submissionId: Id }),
  output: z.object({ checks: z.int() }),
  access: system,
  errors: ['NOT_FOUND', 'PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'KYC', action: 'UPDATE', idField: 'userId' },
  pii: true,
  subject: 'userId',
  example: { userId: PERSON, submissionId: SUBMISSION },
});

export const eraseDocuments = command('identity.eraseDocuments', {
  summary: 'Remove the documents of somebody who was erased; without their key nobody could open them any more.',
  input: z.strictObject({ userId: Id }),
  output: z.object({ userId: Id }),
  access: system,
  audit: { entityType: 'KYC', action: 'DELETE', idField: 'userId' },
  example: { userId: PERSON },
});

export const KycSubmitted = event('identity.KycSubmitted', {
  aggregateType: 'USER',
  payload: z.object({ userId: Id, submissionId: Id }),
});

export const KycDecided = event('identity.KycDecided', {
  aggregateType: 'USER',
  payload: z.object({ userId: Id, decisionId: Id, status: Verdict }),
});
