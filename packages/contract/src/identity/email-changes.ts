import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { Email } from '../fields.ts';
import { MailToken } from './mails.ts';
import { HASHING_COST } from './session-token.ts';

export const requestEmailChange = command('identity.requestEmailChange', {
  summary:
    'Have a token mailed to a new e-mail address; the old one is told at once. Nothing changes before identity.confirmEmailChange. The answer is the same whether anybody has that address or not.',
  input: z.strictObject({ newEmail: Email }),
  output: z.object({ accepted: z.literal(true) }),
  access: scope('account'),
  stepUp: true,
  errors: ['RATE_LIMITED'],
  audit: { entityType: 'MAIL', action: 'CREATE' },
  replay: 'none',
  cost: HASHING_COST,
  example: { newEmail: 'ada@example.org' },
});

export const confirmEmailChange = command('identity.confirmEmailChange', {
  summary:
    'Move the account to the new address by the token that was mailed there, which is good for an hour, and once. Every other session ends, every other token too, and the old address is told.',
  input: z.strictObject({ token: MailToken }),
  output: z.object({ endedSessions: z.int() }),
  access: scope('account'),
  errors: ['TOKEN_INVALID'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  replay: 'none',
  example: { token: 'from-the-mail-from-the-mail' },
});
