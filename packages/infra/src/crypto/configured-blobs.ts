import { type BlobStore, Failure } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { localBlobStore } from './local-blob-store.ts';

/** As large as a document may be (the contract bounds it to 5 MiB), with room for archives of them. */
const BLOB_BYTES_MAX = 256 * 1024 * 1024;

/** The store of documents in the configured folder. Without one the platform runs, and refuses documents. */
export function configuredBlobs(folder: string | undefined): BlobStore {
  return folder === undefined ? noBlobs : localBlobStore({ folder, bytesMax: BLOB_BYTES_MAX });
}

const noBlobs: BlobStore = { put: missing, get: missing, read: missing, delete: missing, deleteAll: missing, list: missing };

function missing(): never {
  throw new Failure('UNAVAILABLE', {}, new CodedError('BLOBS_MISSING', 'There is no place for documents: set BLOB_FOLDER.'));
}
