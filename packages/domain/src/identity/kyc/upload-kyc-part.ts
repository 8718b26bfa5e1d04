import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';

/** Parts that wait at once: of two documents of the greatest size, and many small ones. */
const PARTS_WAITING_MAX = 100;

/** Keeps one part of an upload under the investor's key. What waited for a day is let go by the next. */
export const uploadKycPartHandler = handler(identity.uploadKycPart, async (ctx, { documentId, part, content }) => {
  const userId = userIdOf(ctx.actor);
  const at = ctx.clock.now();
  // One upload at a time writes, so that two at once do not pass the bound together.
  await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR UPDATE`;
  await ctx.sql`DELETE FROM kyc_document_parts WHERE user_id = ${userId} AND created_at < ${at}::timestamptz - interval '1 day'`;
  const [waiting] = await ctx.sql<{ others: number }>`
    SELECT count(*)::int AS others FROM kyc_document_parts WHERE user_id = ${userId} AND (document_id, part) <> (${documentId}, ${part})`;
  if ((waiting?.others ?? 0) >= PARTS_WAITING_MAX) return ctx.refuse('TOO_MANY_DOCUMENTS', { partsWaiting: PARTS_WAITING_MAX });
  await ctx.sql`INSERT INTO kyc_document_parts (user_id, document_id, part, content_enc, created_at) VALUES (${userId}, ${documentId}, ${part}, encrypt_pii(${content}), ${at})
    ON CONFLICT (user_id, document_id, part) DO UPDATE SET content_enc = EXCLUDED.content_enc, created_at = EXCLUDED.created_at`;
  const bytes = Buffer.byteLength(content, 'base64');
  ctx.note({ newValues: { part, bytes } });
  return { documentId, part, bytes };
});
