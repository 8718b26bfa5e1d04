import { identity, type OutputOf } from '@trii/contract';
import { Failure, handler, userIdOf } from '../platform/index.ts';

type Me = OutputOf<typeof identity.me>;

/** Who the session belongs to. */
export const meHandler = handler(identity.me, async ({ sql, actor }) => {
  const userId = userIdOf(actor);
  const [user] = await sql<{ email: string; kyc_status: Me['kycStatus'] }>`SELECT email, kyc_status FROM users WHERE id = ${userId}`;
  if (user === undefined) throw new Failure('UNAUTHENTICATED');
  return { userId, email: user.email, kycStatus: user.kyc_status, permissions: actor.kind === 'user' ? [...actor.permissions] : [] };
});
