import { type BlobStore, Failure } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import type { Config } from '../config.ts';
import { localBlobStore } from './local-blob-store.ts';
import { s3BlobStore } from './s3-blob-store.ts';

/** As large as a document may be (the contract bounds it to 5 MiB), with room for archives of them. */
const BLOB_BYTES_MAX = 256 * 1024 * 1024;

/** What a process that keeps documents reads of its configuration. */
export const blobSettings = [
  'BLOB_FOLDER',
  'BLOB_S3_BUCKET',
  'BLOB_S3_ENDPOINT',
  'BLOB_S3_REGION',
  'BLOB_S3_ACCESS_KEY_ID',
  'BLOB_S3_SECRET_ACCESS_KEY',
] as const satisfies readonly (keyof Config)[];
export type BlobSettings = Partial<Pick<Config, (typeof blobSettings)[number]>>;

/**
 * The store of documents: the configured bucket, or folder. Without either the platform runs, and refuses documents.
 * @throws Error for a bucket without a key
 */
export function configuredBlobs(settings: BlobSettings): BlobStore {
  const { BLOB_FOLDER: folder, BLOB_S3_BUCKET: bucket, BLOB_S3_ENDPOINT: endpoint, BLOB_S3_REGION: region = 'us-east-1' } = settings;
  if (bucket === undefined) return folder === undefined ? noBlobs : localBlobStore({ folder, bytesMax: BLOB_BYTES_MAX });
  const { BLOB_S3_ACCESS_KEY_ID: accessKeyId, BLOB_S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('BLOB_S3_BUCKET needs BLOB_S3_ACCESS_KEY_ID and BLOB_S3_SECRET_ACCESS_KEY beside it');
  return s3BlobStore({ bucket, endpoint, region, accessKeyId, secretAccessKey, bytesMax: BLOB_BYTES_MAX });
}

const noBlobs: BlobStore = {
  put: missing,
  get: missing,
  read: missing,
  delete: missing,
  deleteAll: missing,
  list: missing,
  owners: () => Promise.resolve([]),
};

function missing(): never {
  throw new Failure(
    'UNAVAILABLE',
    {},
    new CodedError('BLOBS_MISSING', 'There is no place for documents: set BLOB_FOLDER or BLOB_S3_BUCKET.'),
  );
}
