import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobStore, Failure } from '@trii/domain';
import { CodedError, invariant, isUuid } from '@trii/kernel';
import { counted } from './counted-content.ts';
import { open, openRange, seal, sealedBytes, sealedRange } from './sealed-chunks.ts';

export interface S3Blobs {
  readonly bucket: string;
  /** Of AWS itself when left out. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Content that is longer is refused, and so is an object that was made longer. */
  readonly bytesMax: number;
  /** Whoever does not answer by then is away. */
  readonly answerMs?: number;
}

const ANSWER_MS = 60_000;
const PAGE = 1_000;
/** Pages of a person's blobs, who has a few dozen. */
const PAGES_MAX = 100;

/**
 * Blobs as objects of an S3-compatible bucket, `person/blob`. The store gets ciphertext only. What is put is sealed into a file of our own first, so
 * that content which turns out too long, or breaks off, reaches no bucket; one request then writes all of it or nothing, and refuses to write over
 * what is there (`If-None-Match`).
 */
export function s3BlobStore({ bytesMax, answerMs = ANSWER_MS, ...where }: S3Blobs): BlobStore {
  const bucket = bucketOf(where, answerMs);
  return {
    put: async (owner, blobId, content) => {
      const key = keyOf(owner.userId, blobId);
      const counting = counted(content, bytesMax);
      await sealedFile(seal(owner, blobId, counting.parts), (file) => bucket.put(key, file));
      return { bytes: counting.bytes() };
    },
    async get(owner, blobId) {
      const key = keyOf(owner.userId, blobId);
      const size = await bucket.size(key);
      if (size === undefined) return undefined;
      if (size > sealedBytes(bytesMax))
        throw new CodedError('BLOB_ALTERED', `Blob ${blobId} is longer than any that was stored. It was not read.`);
      return open(owner, blobId, await bucket.bytes(key, 0, size));
    },
    async read(owner, blobId, range) {
      const key = keyOf(owner.userId, blobId);
      const size = await bucket.size(key);
      if (size === undefined) return undefined;
      const sealed = sealedRange(size, range);
      const header = await bucket.bytes(key, 0, sealed.headerBytes);
      return openRange(
        { owner, blobId, header, range: sealed },
        await bucket.bytes(key, sealed.at, Math.min(size, sealed.at + sealed.bytes)),
      );
    },
    async delete(userId, blobId) {
      const key = keyOf(userId, blobId);
      if ((await bucket.size(key)) === undefined) return false;
      await bucket.delete(key);
      return true;
    },
    async deleteAll(userId) {
      for (const key of await bucket.keys(prefixOf(userId))) await bucket.delete(key);
    },
    async owners(after, limit) {
      // '0' follows '/', so that no blob of that person's comes again.
      const people = (await bucket.keysAfter(`${after}0`)).map((key) => key.split('/')[0] ?? '');
      return [...new Set(people)].filter(isUuid).slice(0, limit);
    },
    async list(userId) {
      const prefix = prefixOf(userId);
      const keys = await bucket.keys(prefix);
      return keys
        .map((key) => key.slice(prefix.length))
        .filter(isUuid)
        .toSorted();
    },
  };
}

/** What is asked of a bucket, each question answered in time or with UNAVAILABLE. */
function bucketOf({ endpoint, ...place }: Omit<S3Blobs, 'bytesMax' | 'answerMs'>, answerMs: number) {
  const s3 = new Bun.S3Client({ ...place, ...(endpoint === undefined ? {} : { endpoint }) });
  const ask = <T>(work: () => Promise<T>): Promise<T> => answered(work, answerMs);
  return {
    size: (key: string) => ask(() => orNone(async () => (await s3.stat(key)).size)),
    put: (key: string, file: string) => ask(() => putOnce(s3.presign(key, { method: 'PUT' }), file)),
    delete: (key: string) => ask(() => s3.delete(key)),
    bytes: async (key: string, from: number, to: number): Promise<Buffer> =>
      from >= to ? Buffer.alloc(0) : ask(async () => Buffer.from(await s3.file(key).slice(from, to).arrayBuffer())),
    /** One page. */
    keysAfter: async (key: string): Promise<string[]> =>
      (await ask(() => s3.list({ startAfter: key, maxKeys: PAGE }))).contents?.map((found) => found.key) ?? [],
    async keys(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      let next: string | undefined;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const after = next === undefined ? {} : { continuationToken: next };
        const listed = await ask(() => s3.list({ prefix, maxKeys: PAGE, ...after }));
        keys.push(...(listed.contents ?? []).map(({ key }) => key));
        next = listed.isTruncated === true ? listed.nextContinuationToken : undefined;
        if (next === undefined) return keys;
      }
      throw new Failure('UNAVAILABLE', {}, new CodedError('BLOBS_ENDLESS', `The list of ${prefix} does not end.`));
    },
  };
}

function keyOf(userId: string, blobId: string): string {
  invariant(isUuid(blobId), 'a blob is named by a UUID');
  return `${prefixOf(userId)}${blobId}`;
}

function prefixOf(userId: string): string {
  invariant(isUuid(userId), 'blobs are kept by the id of a person');
  return `${userId}/`;
}

/** Ciphertext, for as long as it takes to send it. */
async function sealedFile(sealed: AsyncIterable<Uint8Array>, send: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'trii-blob-'));
  try {
    const file = join(folder, 'sealed');
    const handle = await openFile(file, 'wx', 0o600);
    try {
      for await (const part of sealed) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await send(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The client of the runtime knows no conditions: the address is signed by it, and the request is ours. */
async function putOnce(address: string, file: string): Promise<void> {
  const response = await fetch(address, { method: 'PUT', headers: { 'If-None-Match': '*' }, body: Bun.file(file) });
  if (response.ok) return;
  if (response.status === 412)
    throw new CodedError('BLOB_EXISTS', 'The blob is there already; store a new version under an id of its own.');
  throw new CodedError('BLOB_STORE_REFUSED', `The blob store answered ${response.status}.`);
}

/** @throws Failure UNAVAILABLE when the store does not answer in time, or does not let us */
async function answered<T>(work: () => Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new CodedError('BLOB_STORE_SILENT', `The blob store did not answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === 'BLOB_EXISTS') throw cause;
    throw new Failure('UNAVAILABLE', {}, cause);
  } finally {
    clearTimeout(timer);
  }
}

async function orNone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'NoSuchKey' || error.code === 'NotFound')) return undefined;
    throw error;
  }
}
