import { z } from 'zod';
import { anyone, command, query, scope } from '../declaration.ts';
import { CountryCode, Email, Id, Instant, Name } from '../fields.ts';
import { KycStatus } from './kyc.ts';
import { Password } from './passwords.ts';
import { SecondFactorCode } from './second-factor.ts';
import { HASHING_COST, SessionToken, SessionTransport } from './session-token.ts';
const Permission = z.enum(['read', 'write', 'trade', 'account', 'operate', 'grant']);

export const register = command('identity.register', {
  summary:
    'Open an account, and mail a token by which its address is verified. An address that is taken answers alike, and its owner is told by mail. Signing in is a call of its own.',
  input: z.strictObject({
    email: Email,
    password: Password,
    firstName: Name,
    lastName: Name,
    countryCode: CountryCode,
    timezone: z.string().max(64).default('UTC').describe('An IANA time zone such as "America/Bogota".'),
  }),
  output: z.object({ userId: Id }),
  access: anyone,
  audit: { entityType: 'USER', action: 'CREATE' },
  replay: 'none',
  pii: true,
  cost: HASHING_COST,
  example: { email: 'ada@example.com', password: 'correct horse battery', firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' },
});

export const signIn = command('identity.signIn', {
  summary: 'Exchange e-mail address and password for a session token, shown once.',
  input: z.strictObject({
    email: Email,
    password: z.string().min(1).max(256),
    deviceInfo: z.string().max(200).optional(),
    code: SecondFactorCode.optional(),
    transport: SessionTransport,
  }),
  output: z.object({
    token: SessionToken,
    expiresAt: Instant,
    userId: Id,
    permissions: z.array(Permission),
  }),
  access: anyone,
  errors: ['INVALID_CREDENTIALS', 'SECOND_FACTOR_REQUIRED', 'INVALID_CODE', 'RATE_LIMITED'],
  audit: { entityType: 'SESSION', action: 'CREATE' },
  replay: 'none',
  pii: true,
  cost: HASHING_COST,
  session: 'opens',
  example: { email: 'ada@example.com', password: 'correct horse battery' },
});

export const signOut = command('identity.signOut', {
  summary: 'End the session that made this call.',
  input: z.strictObject({}),
  output: z.object({ ended: z.boolean() }),
  session: 'ends',
  access: scope('read'),
  audit: { entityType: 'SESSION', action: 'UPDATE' },
  replay: 'none',
  beforeSecondFactor: true,
  example: {},
});

export const me = query('identity.me', {
  summary: 'Who this session belongs to and what it may do.',
  input: z.strictObject({}),
  output: z.object({
    userId: Id,
    email: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    kycStatus: KycStatus,
    permissions: z.array(Permission),
  }),
  access: scope('read'),
  audit: { entityType: 'USER', action: 'READ' },
  pii: true,
  example: {},
});
