import { z } from 'zod';
import { command, operator } from '../declaration.ts';
import { Id, Instant } from '../fields.ts';

const AUDIT = { entityType: 'USER', action: 'UPDATE', idField: 'userId', isOfPerson: true } as const;
const PERSON = '00000000-0000-7000-8000-000000000001';
const Reason = z.string().trim().min(3).max(200).describe('Kept in the audit; names nobody.');

export const deactivate = command('identity.deactivate', {
  summary: 'Close an account for now: its sessions end at once and nobody signs in to it. What it holds stays.',
  input: z.strictObject({ userId: Id, reason: Reason }),
  output: z.object({ isActive: z.literal(false), endedSessions: z.int() }),
  access: operator('operate'),
  errors: ['NOT_FOUND'],
  audit: AUDIT,
  example: { userId: PERSON, reason: 'lost telephone' },
});

export const reactivate = command('identity.reactivate', {
  summary: 'Open an account again that was closed for now. Sessions that were ended stay ended.',
  input: z.strictObject({ userId: Id, reason: Reason }),
  output: z.object({ isActive: z.literal(true) }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'PERSON_ERASED'],
  audit: AUDIT,
  example: { userId: PERSON, reason: 'telephone found' },
});

export const suspendInvestor = command('identity.suspendInvestor', {
  summary: 'Let an investor trade no more for now, from their next call on. They still sign in, read and move cash.',
  input: z.strictObject({ userId: Id, reason: Reason }),
  output: z.object({ suspendedAt: Instant.describe('Since when; suspending again changes nothing.') }),
  access: operator('operate'),
  errors: ['NOT_FOUND'],
  audit: AUDIT,
  example: { userId: PERSON, reason: 'orders that look like another person' },
});

export const resumeInvestor = command('identity.resumeInvestor', {
  summary: 'Let an investor trade again who was suspended.',
  input: z.strictObject({ userId: Id, reason: Reason }),
  output: z.object({ wasSuspended: z.boolean() }),
  access: operator('operate'),
  errors: ['NOT_FOUND'],
  audit: AUDIT,
  example: { userId: PERSON, reason: 'explained by telephone' },
});

export const setOperatorScopes = command('identity.setOperatorScopes', {
  summary:
    'Say what somebody may do as an operator; nobody says it of themselves. Their sessions end, since those permit what was granted before.',
  input: z.strictObject({
    userId: Id,
    scopes: z
      .array(z.enum(['operate', 'grant']))
      .max(2)
      .describe('All of them: what is not named is taken away.'),
  }),
  output: z.object({ scopes: z.array(z.string()), endedSessions: z.int() }),
  access: operator('grant'),
  errors: ['NOT_FOUND', 'FORBIDDEN'],
  audit: AUDIT,
  stepUp: true,
  example: { userId: PERSON, scopes: ['operate'] },
});
