import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { findDocuments, shownDocument } from './kyc-file.ts';

/** One document for who decides. A command, though it changes nothing: its row in the audit is committed before the bytes go out. */
export const readKycDocumentHandler = handler(identity.readKycDocument, {
  async prepare({ ports, readPersonal, subjectKey }, { userId, documentId }) {
    const found = await readPersonal((sql) => findDocuments(sql, userId));
    const document = found?.documents.find((known) => known.documentId === documentId);
    if (document === undefined) return undefined;
    const content = await ports.blobs.get(await subjectKey(), document.blobId);
    return content === undefined ? undefined : { ...shownDocument(document), content: Buffer.from(content).toString('base64') };
  },
  handle(ctx, { documentId }) {
    if (ctx.prepared === undefined) return ctx.refuse('NOT_FOUND');
    ctx.note({ newValues: { documentId } });
    return Promise.resolve(ctx.prepared);
  },
});
