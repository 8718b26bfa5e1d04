import { identity } from '@trii/contract';
import { isTimeZone, newId } from '@trii/kernel';
import { assertHardToGuess } from './weak-password.ts';
import { errorState, Failure, handler } from '../platform/index.ts';

const UNIQUE_VIOLATION = '23505';

/**
 * Opens an account, with a data key of its own that the names are encrypted under. The password is hashed whether the e-mail address is free or
 * not, so that the time taken tells nothing.
 */
export const registerHandler = handler(identity.register, {
  async prepare({ ports }, input) {
    // Every date shown to this person would fail on a zone that does not exist.
    if (!isTimeZone(input.timezone))
      throw new Failure('INVALID_INPUT', { issues: [{ path: 'timezone', problem: 'an IANA time zone such as "America/Bogota"' }] });
    const { email, password, firstName, lastName } = input;
    assertHardToGuess(ports.passwords, { path: 'password', password, personal: [email, firstName, lastName] });
    const dataKey = await ports.vault.issue(newId());
    return { dataKey, wrapped: await ports.vault.wrap(dataKey), passwordHash: await ports.passwords.hash(input.password) };
  },
  issued: ({ dataKey }) => dataKey,
  async handle(ctx, input) {
    const { dataKey, wrapped, passwordHash } = ctx.prepared;
    const { userId } = dataKey;
    const { email, firstName, lastName, countryCode, timezone } = input;
    try {
      await ctx.sql`SELECT register_user(${userId}, ${email}, ${passwordHash}, ${firstName}, ${lastName}, ${countryCode}, ${timezone},
        ${wrapped.keyId}, ${wrapped.wrappedKey}, ${wrapped.masterKeyId})`;
    } catch (error) {
      if (errorState(error) === UNIQUE_VIOLATION) return ctx.refuse('EMAIL_TAKEN');
      throw error;
    }
    ctx.note({ entityId: userId });
    return { userId };
  },
});
