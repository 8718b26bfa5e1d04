import { identity } from '@trii/contract';
import { isTimeZone, newId } from '@trii/kernel';
import { Failure, handler } from '../platform/index.ts';
import { newMail, queueMail } from './mails/queue-mail.ts';
import { assertHardToGuess } from './weak-password.ts';

/**
 * Opens an account, with a data key of its own that the names are encrypted under, and mails a token that verifies the address. A taken address
 * is answered alike, after the same work, with an id that is nobody's; whoever has it is told by mail.
 */
export const registerHandler = handler(identity.register, {
  async prepare({ ports }, input) {
    // Every date shown to this person would fail on a zone that does not exist.
    if (!isTimeZone(input.timezone))
      throw new Failure('INVALID_INPUT', { issues: [{ path: 'timezone', problem: 'an IANA time zone such as "America/Bogota"' }] });
    const { email, password, firstName, lastName } = input;
    assertHardToGuess(ports.passwords, { path: 'password', password, personal: [email, firstName, lastName] });
    const dataKey = await ports.vault.issue(newId());
    return {
      dataKey,
      wrapped: await ports.vault.wrap(dataKey),
      passwordHash: await ports.passwords.hash(input.password),
      mail: await newMail(ports.vault),
    };
  },
  issued: ({ dataKey }) => dataKey,
  async handle(ctx, input) {
    const { dataKey, wrapped, passwordHash, mail } = ctx.prepared;
    const { userId } = dataKey;
    const { email, firstName, lastName, countryCode, timezone } = input;
    const [opened] = await ctx.sql<{ is_new: boolean }>`
      SELECT open_account(${userId}, ${email}, ${passwordHash}, ${firstName}, ${lastName}, ${countryCode}, ${timezone},
        ${wrapped.keyId}, ${wrapped.wrappedKey}, ${wrapped.masterKeyId}) AS is_new`;
    const isNew = opened?.is_new === true;
    await queueMail(ctx.sql, mail, { email, kind: isNew ? 'VERIFY_EMAIL' : 'ADDRESS_TAKEN', at: ctx.clock.now() });
    ctx.note(isNew ? { entityId: userId } : { newValues: { addressTaken: true } });
    return { userId };
  },
});
