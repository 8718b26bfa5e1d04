import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';

/** Who has an address, for an operator to whom somebody wrote from it. */
export const personByEmailHandler = handler(identity.personByEmail, async (ctx, { email }) => {
  const [user] = await ctx.sql<{ id: string }>`SELECT id FROM users WHERE lower(email) = ${email}`;
  if (user === undefined) return ctx.refuse('NOT_FOUND');
  ctx.note({ entityId: user.id });
  return { userId: user.id };
});
