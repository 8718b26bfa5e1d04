import { identity, type OutputOf } from '@trii/contract';
import { Failure, handler, userIdOf } from '../platform/index.ts';

interface MeRow {
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly kyc_status: OutputOf<typeof identity.me>['kycStatus'];
}

/** Who the session belongs to. */
export const meHandler = handler(identity.me, async ({ sql, actor }) => {
  const userId = userIdOf(actor);
  // Names of an older database are plain until encryptNames has moved them.
  const [user] = await sql<MeRow>`SELECT email, COALESCE(decrypt_pii(first_name_enc), first_name) AS first_name,
    COALESCE(decrypt_pii(last_name_enc), last_name) AS last_name, kyc_status FROM users WHERE id = ${userId}`;
  if (user === undefined) throw new Failure('UNAUTHENTICATED');
  return {
    userId,
    email: user.email,
    firstName: user.first_name,
    lastName: user.last_name,
    kycStatus: user.kyc_status,
    permissions: actor.kind === 'user' ? [...actor.permissions] : [],
  };
});
