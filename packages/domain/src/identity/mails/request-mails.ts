import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';
import { newMail, queueMail } from './queue-mail.ts';

/** The same work, the same answer and the same audit row, whether anybody has that address or not; nothing is hashed either way. */
export const requestPasswordResetHandler = handler(identity.requestPasswordReset, {
  prepare: ({ ports }) => newMail(ports.vault),
  async handle(ctx, { email }) {
    await queueMail(ctx.sql, ctx.prepared, { email, kind: 'RESET_PASSWORD', at: ctx.clock.now() });
    return { accepted: true as const };
  },
});

export const requestVerificationHandler = handler(identity.requestVerification, {
  prepare: ({ ports }) => newMail(ports.vault),
  async handle(ctx) {
    const [user] = await ctx.sql<{ email: string }>`SELECT email FROM users WHERE id = ${userIdOf(ctx.actor)}`;
    await queueMail(ctx.sql, ctx.prepared, { email: user?.email ?? '', kind: 'VERIFY_EMAIL', at: ctx.clock.now() });
    return { accepted: true as const };
  },
});
