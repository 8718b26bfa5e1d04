import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { Instant } from '../fields.ts';

const ConsentDocument = z.enum(['TERMS', 'PRIVACY', 'MARKETING']);
const Given = z.object({
  document: ConsentDocument,
  version: z.int(),
  isAccepted: z.boolean().describe('False: withdrawn.'),
  givenAt: Instant,
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
});

const Consents = z.object({
  current: z.array(
    z.object({
      document: ConsentDocument,
      version: z.int(),
      title: z.object({ es: z.string(), en: z.string() }),
      isRequired: z.boolean().describe('Cannot be withdrawn while there is an account.'),
      isAccepted: z.boolean().describe('This very version.'),
    }),
  ),
  history: z.array(Given).describe('Newest first; at most 100.'),
});

export const consents = query('identity.consents', {
  summary: 'Which documents there are now, whether the investor accepted these versions, and all that they accepted or withdrew.',
  input: z.strictObject({}),
  output: Consents,
  access: scope('read'),
  example: {},
});

export const giveConsent = command('identity.giveConsent', {
  summary: 'Accept the current version of a document, or withdraw. Each time is kept, with address and agent.',
  input: z.strictObject({ document: ConsentDocument, version: z.int().min(1).max(1_000), isAccepted: z.boolean() }),
  output: Consents,
  access: scope('account'),
  errors: ['CONSENT_OUTDATED', 'CONSENT_REQUIRED'],
  audit: { entityType: 'CONSENT', action: 'CREATE' },
  example: { document: 'MARKETING', version: 1, isAccepted: true },
});
