import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { actorKey, handler } from '../../platform/index.ts';

interface StatusRow {
  readonly kyc_status: 'PENDING' | 'VERIFIED' | 'REJECTED';
  readonly has_key: boolean;
}

/** An operator's verdict. It takes effect with the investor's next call, and answers what they handed in; the reason rests under the investor's own key. */
export const decideKycHandler = handler(identity.decideKyc, async (ctx, { userId, decision, reason }) => {
  const [user] = await ctx.sql<StatusRow>`SELECT kyc_status, EXISTS (SELECT FROM person_keys k WHERE k.user_id = u.id) AS has_key
    FROM users u WHERE id = ${userId} FOR UPDATE`;
  if (user === undefined) return ctx.refuse('NOT_FOUND');
  if (!user.has_key) return ctx.refuse('KEY_UNAVAILABLE');
  const previousStatus = user.kyc_status;
  if (previousStatus === decision) return ctx.refuse('KYC_ALREADY_DECIDED', { kycStatus: decision });
  const decisionId = newId();
  const at = ctx.clock.now();
  await ctx.sql`UPDATE users SET kyc_status = ${decision}::kyc_status, updated_at = ${at} WHERE id = ${userId}`;
  await ctx.sql`INSERT INTO kyc_decisions (id, user_id, previous_status, status, reason_enc, decided_by, decided_at)
    VALUES (${decisionId}, ${userId}, ${previousStatus}::kyc_status, ${decision}::kyc_status, encrypt_pii(${reason}), ${actorKey(ctx.actor)}, ${at})`;
  await ctx.sql`UPDATE kyc_submissions SET decision_id = ${decisionId} WHERE user_id = ${userId} AND decision_id IS NULL`;
  ctx.emit(identity.KycDecided, { aggregateId: userId, userId, payload: { userId, decisionId, status: decision } });
  ctx.note({ oldValues: { kycStatus: previousStatus }, newValues: { kycStatus: decision, decisionId }, personal: { new: { reason } } });
  return { decisionId, previousStatus, kycStatus: decision };
});
