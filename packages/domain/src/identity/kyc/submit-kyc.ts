import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { Failure, handler, userIdOf } from '../../platform/index.ts';
import { findDocuments } from './kyc-file.ts';

/** Each by itself shows who somebody is. */
const IDENTIFYING = new Set(['PASSPORT', 'IDENTITY_CARD', 'DRIVING_LICENCE']);

/** Hands in all documents for review. Who was rejected is pending again; who is verified has nothing to hand in. */
export const submitKycHandler = handler(identity.submitKyc, async (ctx) => {
  const userId = userIdOf(ctx.actor);
  await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR UPDATE`;
  const found = await findDocuments(ctx.sql, userId);
  if (found === undefined) throw new Failure('UNAUTHENTICATED');
  const { kycStatus, documents } = found;
  if (kycStatus === 'VERIFIED') return ctx.refuse('KYC_ALREADY_DECIDED', { kycStatus });
  const open = await ctx.sql`SELECT FROM kyc_submissions WHERE user_id = ${userId} AND decision_id IS NULL`;
  if (open.length > 0) return ctx.refuse('KYC_IN_REVIEW');
  if (!documents.some(({ kind }) => IDENTIFYING.has(kind))) return ctx.refuse('KYC_DOCUMENT_MISSING');
  const submissionId = newId();
  const documentIds = documents.map(({ documentId }) => documentId);
  await ctx.sql`INSERT INTO kyc_submissions (id, user_id, document_ids, submitted_at) VALUES (${submissionId}, ${userId}, ${documentIds}::uuid[], ${ctx.clock.now()})`;
  await ctx.sql`SELECT reopen_kyc()`;
  ctx.emit(identity.KycSubmitted, { aggregateId: userId, userId, payload: { userId, submissionId } });
  ctx.note({
    entityId: userId,
    oldValues: { kycStatus },
    newValues: { kycStatus: 'PENDING', submissionId, documents: documentIds.length },
  });
  return { submissionId, kycStatus: 'PENDING' as const, documentIds };
});
