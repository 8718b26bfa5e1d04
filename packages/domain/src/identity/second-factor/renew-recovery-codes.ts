import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';
import { lockAccount, replaceRecoveryCodes, requireCode } from './require-code.ts';

/** New codes for old ones, which count no more. */
export const renewRecoveryCodesHandler = handler(identity.renewRecoveryCodes, {
  lock: lockAccount,
  async handle(ctx, { code }) {
    const userId = userIdOf(ctx.actor);
    await requireCode(ctx, code);
    ctx.note({ entityId: userId });
    return { recoveryCodes: await replaceRecoveryCodes(ctx.sql, userId, ctx.clock.now()) };
  },
});
