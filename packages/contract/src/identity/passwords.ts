import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { Instant } from '../fields.ts';
import { SecondFactorCode } from './second-factor.ts';
import { HASHING_COST, SessionToken, SessionTransport } from './session-token.ts';

/**
 * 12 letters: beside the list of common ones and the delay after a failure, that is past guessing, and shorter than the 15 of a lone factor that
 * drive people to patterns. 128 lets passphrases and password managers be; hashing takes the same time for all of them.
 */
export const Password = z.string().min(12).max(128);

export const confirmPassword = command('identity.confirmPassword', {
  summary:
    'Say once more who you are, before what a session alone may not do (STEP_UP_REQUIRED). The answer has a new token, good until the old one would have ended; the old one ends.',
  input: z.strictObject({ password: z.string().min(1).max(256), code: SecondFactorCode.optional(), transport: SessionTransport }),
  output: z.object({ token: SessionToken, expiresAt: Instant }),
  access: scope('account'),
  errors: ['INVALID_CREDENTIALS', 'SECOND_FACTOR_REQUIRED', 'INVALID_CODE', 'RATE_LIMITED'],
  audit: { entityType: 'SESSION', action: 'CREATE' },
  replay: 'none',
  pii: true,
  cost: HASHING_COST,
  session: 'opens',
  beforeSecondFactor: true,
  example: { password: 'correct horse battery' },
});

export const changePassword = command('identity.changePassword', {
  summary:
    'Replace the own password. Needs the current one, and ends all other sessions. Keys of programs go on: identity.listApiKeys shows them.',
  input: z.strictObject({ currentPassword: z.string().min(1).max(256), newPassword: Password }),
  output: z.object({ endedSessions: z.int() }),
  access: scope('account'),
  errors: ['INVALID_CREDENTIALS'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  replay: 'none',
  stepUp: true,
  cost: 2 * HASHING_COST,
  example: { currentPassword: 'correct horse battery', newPassword: 'the stable is empty now' },
});
