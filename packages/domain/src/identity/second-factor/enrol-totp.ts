import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';
import { enrolmentUri, newSecret } from './one-time-code.ts';

/** Gives a new secret, which rests under the person's data key and counts once a code of it was confirmed; one that was never confirmed goes. */
export const enrolTotpHandler = handler(identity.enrolTotp, async (ctx) => {
  const userId = userIdOf(ctx.actor);
  const secret = newSecret();
  await ctx.sql`DELETE FROM totp_factors WHERE user_id = ${userId} AND confirmed_at IS NULL`;
  const made =
    await ctx.sql`INSERT INTO totp_factors (user_id, secret_enc, created_at) VALUES (${userId}, encrypt_pii(${secret}), ${ctx.clock.now()})
    ON CONFLICT (user_id) DO NOTHING RETURNING user_id`;
  if (made.length === 0) return ctx.refuse('SECOND_FACTOR_ACTIVE');
  const [user] = await ctx.sql<{ email: string }>`SELECT email FROM users WHERE id = ${userId}`;
  ctx.note({ entityId: userId });
  return { secret, uri: enrolmentUri(secret, user?.email ?? '') };
});
