import { randomBytes } from 'node:crypto';
import { link, mkdir, open as openFile, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore, DataKey } from '@trii/domain';
import { CodedError, invariant, isUuid } from '@trii/kernel';
import { counted } from './counted-content.ts';
import { open, openRange, seal, sealedBytes, sealedRange, type SealedRange } from './sealed-chunks.ts';

export interface LocalBlobs {
  readonly folder: string;
  /** Content that is longer is refused, and so is a file that was made longer. */
  readonly bytesMax: number;
}

/** Blobs as files of mode 0600, one folder per person. A file appears under its name only when all of it is on the disk. */
export function localBlobStore({ folder, bytesMax }: LocalBlobs): BlobStore {
  const folderOf = (userId: string): string => {
    invariant(isUuid(userId), 'blobs are kept by the id of a person');
    return join(folder, userId);
  };
  const fileOf = (userId: string, blobId: string): string => {
    invariant(isUuid(blobId), 'a blob is named by a UUID');
    return join(folderOf(userId), blobId);
  };
  return {
    async put(owner, blobId, content) {
      const file = fileOf(owner.userId, blobId);
      await mkdir(folderOf(owner.userId), { recursive: true, mode: 0o700 });
      const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
      try {
        const bytes = await writeSealed(draft, { owner, blobId, content: counted(content, bytesMax) });
        // Unlike a rename, a link never takes the place of what is there.
        await link(draft, file).catch((cause: NodeJS.ErrnoException) => {
          if (cause.code === 'EEXIST')
            throw new CodedError('BLOB_EXISTS', `Blob ${blobId} is there already; store a new version under an id of its own.`);
          throw cause;
        });
        return { bytes };
      } finally {
        await rm(draft, { force: true });
      }
    },
    async get(owner, blobId) {
      const file = fileOf(owner.userId, blobId);
      const size = await sizeOf(file);
      if (size === undefined) return undefined;
      // Nothing that we stored is longer: do not read into memory what somebody else put there.
      if (size > sealedBytes(bytesMax))
        throw new CodedError('BLOB_ALTERED', `Blob ${blobId} is longer than any that was stored. It was not read.`);
      return open(owner, blobId, await readFile(file));
    },
    async read(owner, blobId, range) {
      const file = fileOf(owner.userId, blobId);
      const size = await sizeOf(file);
      if (size === undefined) return undefined;
      return readSealedRange(file, { owner, blobId, sealed: sealedRange(size, range) });
    },
    async delete(userId, blobId) {
      const file = fileOf(userId, blobId);
      if ((await sizeOf(file)) === undefined) return false;
      await rm(file, { force: true });
      return true;
    },
    async deleteAll(userId) {
      await rm(folderOf(userId), { recursive: true, force: true });
    },
    owners: async (after, limit) => (await uuidsIn(folder)).filter((name) => name > after).slice(0, limit),
    list: async (userId) => uuidsIn(folderOf(userId)),
  };
}

const uuidsIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(noneIfMissing<string[]>([]))).filter(isUuid).toSorted();

interface Reading {
  readonly owner: DataKey;
  readonly blobId: string;
  readonly sealed: SealedRange;
}

async function readSealedRange(file: string, { owner, blobId, sealed }: Reading): Promise<Uint8Array> {
  const handle = await openFile(file, 'r');
  try {
    const bytesAt = async (at: number, bytes: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, at);
      return buffer.subarray(0, bytesRead);
    };
    const header = await bytesAt(0, sealed.headerBytes);
    return openRange({ owner, blobId, header, range: sealed }, await bytesAt(sealed.at, sealed.bytes));
  } finally {
    await handle.close();
  }
}

interface Writing {
  readonly owner: DataKey;
  readonly blobId: string;
  readonly content: ReturnType<typeof counted>;
}

async function writeSealed(draft: string, { owner, blobId, content }: Writing): Promise<number> {
  const handle = await openFile(draft, 'wx', 0o600);
  try {
    for await (const part of seal(owner, blobId, content.parts)) await handle.writeFile(part);
    await handle.sync();
    return content.bytes();
  } finally {
    await handle.close();
  }
}

const sizeOf = async (file: string): Promise<number | undefined> => {
  const found = await stat(file).catch(noneIfMissing(undefined));
  return found?.size;
};

const noneIfMissing =
  <T>(none: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return none;
    throw error;
  };
