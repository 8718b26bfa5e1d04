import { z } from 'zod';
import { command, operator, query, scope } from '../declaration.ts';
import { Id, Instant } from '../fields.ts';

const AUDIT = { entityType: 'SECOND_FACTOR' } as const;

/** Six digits of an authenticator, or a recovery code; spaces and hyphens as people write them. */
export const SecondFactorCode = z
  .string()
  .regex(/^[0-9A-Za-z -]{6,40}$/, 'six digits such as "123456", or a recovery code')
  .describe('Six digits of the authenticator, or a recovery code.');
const RecoveryCodes = z
  .array(z.string())
  .describe('Each lets its owner in once without the authenticator. Shown once; only hashes are kept.');

export const secondFactor = query('identity.secondFactor', {
  summary: 'Whether signing in asks for a second factor, and how many recovery codes are left.',
  input: z.strictObject({}),
  output: z.object({ confirmedAt: Instant.nullable().describe('Null: signing in asks for none.'), recoveryCodesLeft: z.int() }),
  access: scope('account'),
  beforeSecondFactor: true,
  example: {},
});

export const enrolTotp = command('identity.enrolTotp', {
  summary:
    'Begin a second factor by one-time codes (TOTP): gives the secret for an authenticator. It counts once a code of it was confirmed.',
  input: z.strictObject({}),
  output: z.object({
    secret: z.string().describe('Base32, for typing it in. Shown once.'),
    uri: z.string().describe('The same as `otpauth:` address, for a QR code.'),
  }),
  access: scope('account'),
  stepUp: true,
  errors: ['SECOND_FACTOR_ACTIVE'],
  audit: { ...AUDIT, action: 'CREATE' },
  replay: 'none',
  pii: true,
  beforeSecondFactor: true,
  example: {},
});

export const confirmTotp = command('identity.confirmTotp', {
  summary: 'Show a code of the authenticator: from now on signing in asks for one. Ends all other sessions.',
  input: z.strictObject({ code: SecondFactorCode }),
  output: z.object({ recoveryCodes: RecoveryCodes }),
  access: scope('account'),
  errors: ['NOT_FOUND', 'SECOND_FACTOR_ACTIVE', 'INVALID_CODE', 'RATE_LIMITED'],
  audit: { ...AUDIT, action: 'UPDATE' },
  replay: 'none',
  pii: true,
  beforeSecondFactor: true,
  example: { code: '123456' },
});

export const renewRecoveryCodes = command('identity.renewRecoveryCodes', {
  summary: 'Replace the recovery codes by new ones, given a code that still counts.',
  input: z.strictObject({ code: SecondFactorCode }),
  output: z.object({ recoveryCodes: RecoveryCodes }),
  access: scope('account'),
  errors: ['NOT_FOUND', 'INVALID_CODE', 'RATE_LIMITED'],
  audit: { ...AUDIT, action: 'UPDATE' },
  replay: 'none',
  pii: true,
  example: { code: '123456' },
});

export const disableTotp = command('identity.disableTotp', {
  summary: 'Take the second factor off, given a code that still counts. Ends all other sessions.',
  input: z.strictObject({ code: SecondFactorCode }),
  output: z.object({ disabled: z.literal(true) }),
  access: scope('account'),
  stepUp: true,
  errors: ['NOT_FOUND', 'INVALID_CODE', 'RATE_LIMITED'],
  audit: { ...AUDIT, action: 'DELETE' },
  replay: 'none',
  pii: true,
  example: { code: '123456' },
});

export const resetSecondFactor = command('identity.resetSecondFactor', {
  summary:
    'Take the second factor off an account whose owner has lost device and recovery codes, once it is certain who asks. Ends its sessions.',
  input: z.strictObject({ userId: Id, reason: z.string().trim().min(3).max(200).describe('Kept in the audit; names nobody.') }),
  output: z.object({ wasActive: z.boolean() }),
  access: operator('operate'),
  stepUp: true,
  errors: ['NOT_FOUND', 'FORBIDDEN'],
  audit: { ...AUDIT, action: 'DELETE', idField: 'userId', isOfPerson: true },
  example: { userId: '00000000-0000-7000-8000-000000000001', reason: 'lost telephone, identity shown in person' },
});
