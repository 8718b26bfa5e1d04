import { createHash } from 'node:crypto';
import { type ErrorsOf, identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { type DataKey, handler, type PrepareContext, userIdOf } from '../../platform/index.ts';
import { contentTypeOf } from './document-type.ts';
import { findDocuments, shownDocument, type StoredDocument, writtenDocuments } from './kyc-file.ts';

const { documents: DOCUMENTS_MAX, bytes: BYTES_MAX } = identity.kycLimits;
/** With those of calls that failed between blob store and database, which nobody knows of and erasing removes. */
const BLOBS_MAX = 3 * DOCUMENTS_MAX;

interface PartRow {
  readonly part: number;
  readonly content: string;
}

interface Assembled {
  readonly content: Buffer;
}

interface No {
  readonly refused: ErrorsOf<typeof identity.addKycDocument>;
  readonly details: Record<string, unknown>;
}

type Kept = Pick<StoredDocument, 'blobId' | 'contentType' | 'bytes' | 'sha256'>;

const no = (refused: No['refused'], details: Record<string, unknown> = {}): No => ({ refused, details });

/** Makes a document of its parts. Its bytes are in the blob store before the transaction that knows of them; a call that fails in between leaves a blob of no document. */
export const addKycDocumentHandler = handler(identity.addKycDocument, {
  async prepare(context, { documentId, parts }): Promise<Kept | No> {
    const assembled = await assemble(context, { documentId, parts });
    if ('refused' in assembled) return assembled;
    const { content } = assembled;
    const contentType = contentTypeOf(content);
    if (contentType === undefined) return no('DOCUMENT_TYPE_UNKNOWN');
    const { blobs } = context.ports;
    const owner: DataKey = await context.subjectKey();
    if ((await blobs.list(owner.userId)).length >= BLOBS_MAX) return no('TOO_MANY_DOCUMENTS', { documents: DOCUMENTS_MAX });
    const blobId = newId();
    await blobs.put(owner, blobId, [content]);
    return { blobId, contentType, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  },
  async handle(ctx, { documentId, kind }) {
    const { prepared } = ctx;
    if ('refused' in prepared) return ctx.refuse(prepared.refused, prepared.details);
    const userId = userIdOf(ctx.actor);
    await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR UPDATE`;
    const documents = (await findDocuments(ctx.sql, userId))?.documents ?? [];
    if (documents.some((known) => known.documentId === documentId)) return ctx.refuse('KYC_DOCUMENT_EXISTS');
    if (documents.length >= DOCUMENTS_MAX) return ctx.refuse('TOO_MANY_DOCUMENTS', { documents: DOCUMENTS_MAX });
    const at = ctx.clock.now();
    const document: StoredDocument = { documentId, kind, ...prepared, addedAt: at.toISOString() };
    await ctx.sql`UPDATE users SET kyc_documents = ${writtenDocuments([...documents, document])}::jsonb, updated_at = ${at} WHERE id = ${userId}`;
    await ctx.sql`DELETE FROM kyc_document_parts WHERE user_id = ${userId} AND document_id = ${documentId}`;
    ctx.note({ newValues: { kind, contentType: document.contentType, bytes: document.bytes } });
    return shownDocument(document);
  },
});

interface Wanted {
  readonly documentId: string;
  readonly parts: number;
}

async function assemble({ actor, readPersonal }: PrepareContext, { documentId, parts }: Wanted): Promise<Assembled | No> {
  const userId = userIdOf(actor);
  const { known, rows } = await readPersonal(async (sql) => ({
    known: (await findDocuments(sql, userId))?.documents ?? [],
    rows: await sql<PartRow>`SELECT part, decrypt_pii(content_enc) AS content FROM kyc_document_parts
      WHERE user_id = ${userId} AND document_id = ${documentId} AND part < ${parts} ORDER BY part`,
  }));
  if (known.some((document) => document.documentId === documentId)) return no('KYC_DOCUMENT_EXISTS');
  if (known.length >= DOCUMENTS_MAX) return no('TOO_MANY_DOCUMENTS', { documents: DOCUMENTS_MAX });
  if (rows.length === 0) return no('NOT_FOUND');
  const arrived = new Set(rows.map(({ part }) => part));
  const missing = Array.from({ length: parts }, (_, part) => part).filter((part) => !arrived.has(part));
  if (missing.length > 0) return no('KYC_PARTS_MISSING', { missing });
  const content = Buffer.concat(rows.map((row) => Buffer.from(row.content, 'base64')));
  return content.length > BYTES_MAX ? no('PAYLOAD_TOO_LARGE', { bytesMax: BYTES_MAX }) : { content };
}
