import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';

/** After a person's erasure: what nobody can open any more goes as well. */
export const eraseDocumentsHandler = handler(identity.eraseDocuments, {
  prepare: ({ ports }, { userId }) => ports.blobs.deleteAll(userId),
  handle: (_ctx, { userId }) => Promise.resolve({ userId }),
});
