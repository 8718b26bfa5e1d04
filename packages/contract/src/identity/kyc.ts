import { z } from 'zod';
import { command, operator } from '../declaration.ts';
import { event } from '../event.ts';
import { Id } from '../fields.ts';

const PERSON = '00000000-0000-7000-8000-000000000001';

export const KycStatus = z.enum(['PENDING', 'VERIFIED', 'REJECTED']);
const Verdict = KycStatus.exclude(['PENDING']);

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

export const KycDecided = event('identity.KycDecided', {
  aggregateType: 'USER',
  payload: z.object({ userId: Id, decisionId: Id, status: Verdict }),
});
