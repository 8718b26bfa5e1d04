import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { tokenHashOf } from './mail-token.ts';

export const verifyEmailHandler = handler(identity.verifyEmail, async (ctx, { token }) => {
  const [row] = await ctx.sql<{ user_id: string | null }>`SELECT verify_email(${tokenHashOf(token)}, ${ctx.clock.now()}) AS user_id`;
  const userId = row?.user_id ?? null;
  if (userId === null) return ctx.refuse('TOKEN_INVALID');
  ctx.note({ entityId: userId, newValues: { emailVerified: true } });
  return { verified: true as const };
});
