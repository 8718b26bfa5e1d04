import { z } from 'zod';
import { command, scope } from '../declaration.ts';

/**
 * 12 letters: beside the list of common ones and the delay after a failure, that is past guessing, and shorter than the 15 of a lone factor that
 * drive people to patterns. 128 lets passphrases and password managers be; hashing takes the same time for all of them.
 */
export const Password = z.string().min(12).max(128);

export const changePassword = command('identity.changePassword', {
  summary: 'Replace the own password. Needs the current one, and ends all other sessions.',
  input: z.strictObject({ currentPassword: z.string().min(1).max(256), newPassword: Password }),
  output: z.object({ endedSessions: z.int() }),
  access: scope('write'),
  errors: ['INVALID_CREDENTIALS'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  replay: 'none',
  example: { currentPassword: 'correct horse battery', newPassword: 'the stable is empty now' },
});
