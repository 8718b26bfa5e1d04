import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { DataKey } from '@trii/domain';
import { CodedError } from '@trii/kernel';

/**
 * A stream of bytes sealed in chunks of AES-256-GCM (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015). The nonce is
 * the chunk's number and whether it is the last, so that none can be left out, doubled, moved or cut off. The key is this blob's alone, derived
 * from the person's data key, a random salt, the person and the blob, so that nothing opens in another's place.
 *
 * Layout: "TRB1", 16 bytes of data key id, 16 of salt, then chunks of 65,536 bytes, the last shorter or empty, each with its tag of 16.
 */
const MAGIC = Buffer.from('TRB1');
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const HEADER_BYTES = MAGIC.length + 16 + SALT_BYTES;
export const CHUNK_BYTES = 65_536;

/** What a sealed stream of so many bytes takes. */
export const sealedBytes = (bytes: number): number => HEADER_BYTES + bytes + (Math.floor(bytes / CHUNK_BYTES) + 1) * TAG_BYTES;

export async function* seal(
  owner: DataKey,
  blobId: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const header = Buffer.concat([MAGIC, idBytes(owner.keyId), randomBytes(SALT_BYTES)]);
  const key = blobKey(owner, blobId, header);
  yield header;
  let parts: Uint8Array[] = [];
  let waiting = 0;
  let index = 0;
  for await (const part of content) {
    parts.push(part);
    waiting += part.length;
    if (waiting < CHUNK_BYTES) continue;
    let whole = Buffer.concat(parts);
    for (; whole.length >= CHUNK_BYTES; index += 1) {
      yield sealChunk({ key, header, index, isLast: false }, whole.subarray(0, CHUNK_BYTES));
      whole = whole.subarray(CHUNK_BYTES);
    }
    parts = [whole];
    waiting = whole.length;
  }
  yield sealChunk({ key, header, index, isLast: true }, Buffer.concat(parts));
}

/** @throws CodedError BLOB_ALTERED for anything but exactly what was sealed for this person and blob */
export function open(owner: DataKey, blobId: string, sealed: Buffer): Buffer {
  const header = sealed.subarray(0, HEADER_BYTES);
  const key = keyOf(owner, blobId, header);
  const opened: Buffer[] = [];
  const whole = CHUNK_BYTES + TAG_BYTES;
  for (let index = 0, at = HEADER_BYTES; ; index += 1, at += whole) {
    const chunk = sealed.subarray(at, at + whole);
    const isLast = chunk.length < whole;
    opened.push(openChunk({ key, header, index, isLast }, chunk, blobId));
    if (isLast) return Buffer.concat(opened);
  }
}

/** Which bytes of a sealed file hold a range of its content. */
export interface SealedRange {
  readonly headerBytes: number;
  readonly at: number;
  readonly bytes: number;
  readonly firstChunk: number;
  readonly chunks: number;
  /** Of the opened chunks, what was asked for. */
  readonly skip: number;
  readonly take: number;
}

export function sealedRange(sealedSize: number, { from, bytes }: { readonly from: number; readonly bytes: number }): SealedRange {
  const whole = CHUNK_BYTES + TAG_BYTES;
  const chunks = Math.floor((sealedSize - HEADER_BYTES) / whole) + 1;
  const firstChunk = Math.floor(from / CHUNK_BYTES);
  const behind = Math.min(chunks, Math.ceil((from + bytes) / CHUNK_BYTES));
  return {
    headerBytes: HEADER_BYTES,
    at: HEADER_BYTES + firstChunk * whole,
    bytes: Math.max(0, behind - firstChunk) * whole,
    firstChunk,
    chunks,
    skip: from - firstChunk * CHUNK_BYTES,
    take: bytes,
  };
}

interface SealedPart {
  readonly owner: DataKey;
  readonly blobId: string;
  readonly header: Buffer;
  readonly range: SealedRange;
}

/** The same proof for a range: each of its chunks is this blob's, at its place. @throws CodedError BLOB_ALTERED */
export function openRange({ owner, blobId, header, range }: SealedPart, sealed: Buffer): Buffer {
  const key = keyOf(owner, blobId, header);
  const whole = CHUNK_BYTES + TAG_BYTES;
  const opened: Buffer[] = [];
  for (let at = 0, index = range.firstChunk; at < sealed.length; at += whole, index += 1)
    opened.push(openChunk({ key, header, index, isLast: index === range.chunks - 1 }, sealed.subarray(at, at + whole), blobId));
  return Buffer.concat(opened).subarray(range.skip, range.skip + range.take);
}

/** @throws CodedError BLOB_ALTERED for a beginning that is no blob's, or that of somebody else's */
function keyOf(owner: DataKey, blobId: string, header: Buffer): Buffer {
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) throw altered(blobId);
  if (!header.subarray(MAGIC.length, -SALT_BYTES).equals(idBytes(owner.keyId))) throw altered(blobId);
  return blobKey(owner, blobId, header);
}

interface Place {
  readonly key: Buffer;
  readonly header: Buffer;
  readonly index: number;
  readonly isLast: boolean;
}

function sealChunk(place: Place, chunk: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', place.key, nonceOf(place)).setAAD(place.header);
  return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(place: Place, chunk: Buffer, blobId: string): Buffer {
  if (chunk.length < TAG_BYTES) throw altered(blobId);
  try {
    const decipher = createDecipheriv('aes-256-gcm', place.key, nonceOf(place), { authTagLength: TAG_BYTES }).setAAD(place.header);
    decipher.setAuthTag(chunk.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(chunk.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw altered(blobId);
  }
}

function nonceOf({ index, isLast }: Place): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(index, NONCE_BYTES - 5);
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
  return nonce;
}

const blobKey = ({ userId, key }: DataKey, blobId: string, header: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', key, header.subarray(-SALT_BYTES), `trii blob 1\0${userId}\0${blobId}`, 32));

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

const altered = (blobId: string): CodedError =>
  new CodedError('BLOB_ALTERED', `Blob ${blobId} is not what was stored for this person. Restore it from a copy; it was not handed out.`);
