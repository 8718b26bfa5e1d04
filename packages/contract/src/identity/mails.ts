import { z } from 'zod';
import { anyone, command, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Email, Id } from '../fields.ts';
import { Password } from './passwords.ts';
import { HASHING_COST } from './session-token.ts';

const MAIL = '00000000-0000-7000-8000-000000000001';
const AUDIT = { entityType: 'MAIL', action: 'CREATE' } as const;
export const MailToken = z.string().min(20).max(200).describe('Out of the mail; good once, and for a while.');
const Accepted = z.object({ accepted: z.literal(true) });

/** Ids alone: whom it goes to and its token are found where it is sent. */
export const MailDue = event('identity.MailDue', { aggregateType: 'MAIL', payload: z.object({ mailId: Id }) });

export const requestPasswordReset = command('identity.requestPasswordReset', {
  summary: 'Have a mail sent with which the password can be set anew. The answer is the same whether anybody has that address or not.',
  input: z.strictObject({ email: Email }),
  output: Accepted,
  access: anyone,
  audit: AUDIT,
  replay: 'none',
  cost: HASHING_COST,
  example: { email: 'ada@example.com' },
});

export const resetPassword = command('identity.resetPassword', {
  summary: 'Set the password anew by the token of a mail, which is good for half an hour. All sessions end, and all keys of programs.',
  input: z.strictObject({ token: MailToken, newPassword: Password }),
  output: z.object({ endedSessions: z.int(), revokedKeys: z.int() }),
  access: anyone,
  errors: ['TOKEN_INVALID'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  replay: 'none',
  pii: true,
  cost: HASHING_COST,
  example: { token: 'from-the-mail-from-the-mail', newPassword: 'the stable is empty now' },
});

export const requestVerification = command('identity.requestVerification', {
  summary: 'Have the mail sent again by which the own e-mail address is verified. Nothing is sent when it is already.',
  input: z.strictObject({}),
  output: Accepted,
  access: scope('account'),
  audit: AUDIT,
  replay: 'none',
  cost: HASHING_COST,
  example: {},
});

export const verifyEmail = command('identity.verifyEmail', {
  summary: 'Say by the token of a mail, which is good for a day, that its address is read. Anybody who has it may.',
  input: z.strictObject({ token: MailToken }),
  output: z.object({ verified: z.literal(true) }),
  access: anyone,
  errors: ['TOKEN_INVALID'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  replay: 'none',
  example: { token: 'from-the-mail-from-the-mail' },
});

export const sendMail = command('identity.sendMail', {
  summary: 'Send one mail; what was sent, used or has expired is left alone.',
  input: z.strictObject({ mailId: Id }),
  output: z.object({ sent: z.boolean() }),
  access: system,
  audit: { entityType: 'MAIL', action: 'UPDATE', idField: 'mailId' },
  example: { mailId: MAIL },
});
