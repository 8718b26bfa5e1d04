import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataKey } from '@trii/domain';
import { newId } from '@trii/kernel';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { localBlobStore } from './local-blob-store.ts';
import { CHUNK_BYTES } from './sealed-chunks.ts';

const folder = mkdtempSync(join(tmpdir(), 'trii-blobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BYTES_MAX = 3 * CHUNK_BYTES;
const blobs = localBlobStore({ folder, bytesMax: BYTES_MAX });
const newPerson = (fill = 'k'): DataKey => ({ userId: newId(), keyId: newId(), key: Buffer.alloc(32, fill) });

let anna: DataKey;
let blobId: string;
beforeEach(() => {
  anna = newPerson();
  blobId = newId();
});

const content = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7 + (at >> 8)) % 251));
const fileOf = (owner: DataKey, id: string): string => join(folder, owner.userId, id);
const put = (bytes: Buffer, owner = anna, id = blobId) => blobs.put(owner, id, [bytes]);

it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, BYTES_MAX])(
  'gives back %d bytes as they were put, in whatever parts',
  async (bytes) => {
    const whole = content(bytes);
    async function* parts() {
      for (let at = 0; at < whole.length; at += 10_007) yield whole.subarray(at, at + 10_007);
    }
    expect(await blobs.put(anna, blobId, parts())).toEqual({ bytes });
    expect(Buffer.from((await blobs.get(anna, blobId)) ?? [])).toEqual(whole);
  },
);

it.each([
  ['within a chunk', 5, 100],
  ['over a border', CHUNK_BYTES - 3, 10],
  ['of whole chunks', CHUNK_BYTES, CHUNK_BYTES],
  ['at the end, cut short', 2 * CHUNK_BYTES + 1_000, CHUNK_BYTES],
  ['all of it', 0, BYTES_MAX],
  ['behind the end', BYTES_MAX, 10],
])('reads a range %s', async (_where, from, bytes) => {
  const whole = content(2 * CHUNK_BYTES + 2_345);
  await put(whole);
  expect(Buffer.from((await blobs.read(anna, blobId, { from, bytes })) ?? [])).toEqual(whole.subarray(from, from + bytes));
  expect(await blobs.read(anna, newId(), { from, bytes })).toBeUndefined();
});

it('hands out no range of a blob that was altered there, is somebody else’s, or had its end cut off', async () => {
  await put(content(2 * CHUNK_BYTES));
  const file = fileOf(anna, blobId);
  const sealed = readFileSync(file);
  const readAt = (from: number, owner = anna) => blobs.read(owner, blobId, { from, bytes: 10 });
  await expect(readAt(0, { ...anna, key: Buffer.alloc(32, 'x') })).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
  sealed[100] = (sealed[100] ?? 0) ^ 1;
  writeFileSync(file, sealed);
  await expect(readAt(0)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
  expect(await readAt(CHUNK_BYTES)).toHaveLength(10);
  writeFileSync(file, sealed.subarray(0, sealed.length - 20));
  await expect(readAt(CHUNK_BYTES)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
});

it('lists a person’s blobs and nobody else’s, and deletes one or all', async () => {
  const bob = newPerson();
  const ids = [newId(), newId(), newId()];
  for (const id of ids) await put(content(5), anna, id);
  await put(content(5), bob);
  writeFileSync(join(folder, anna.userId, 'left.draft'), 'of a process that was killed');
  expect(await blobs.list(anna.userId)).toEqual(ids.toSorted());
  const people = await blobs.owners('0', 1_000);
  expect(people).toEqual(people.toSorted());
  expect(people).toEqual(expect.arrayContaining([anna.userId, bob.userId]));
  expect(await blobs.owners(anna.userId, 1)).toEqual(people.filter((id) => id > anna.userId).slice(0, 1));
  expect([await blobs.delete(anna.userId, ids[0] ?? ''), await blobs.delete(anna.userId, ids[0] ?? '')]).toEqual([true, false]);
  expect(await blobs.get(anna, ids[0] ?? '')).toBeUndefined();
  await blobs.deleteAll(anna.userId);
  expect([await blobs.list(anna.userId), await blobs.list(bob.userId)]).toEqual([[], [blobId]]);
});

it('never takes the place of what is there', async () => {
  await put(content(5));
  await expect(put(content(6))).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
  expect(await blobs.get(anna, blobId)).toHaveLength(5);
});

it('leaves nothing behind of a blob that is too long, or whose source breaks off', async () => {
  await expect(put(content(BYTES_MAX + 1))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  function* breaking() {
    yield content(CHUNK_BYTES);
    throw new Error('the upload broke off');
  }
  await expect(blobs.put(anna, blobId, breaking())).rejects.toThrow('broke off');
  expect(readdirSync(join(folder, anna.userId))).toEqual([]);
});

it('keeps no byte of the content readable, in files for nobody else’s eyes', async () => {
  await put(Buffer.from('passport X1 of Quenqalia'));
  const file = fileOf(anna, blobId);
  expect(readFileSync(file).includes('Quenqalia')).toBe(false);
  expect([statSync(file).mode & 0o777, statSync(join(folder, anna.userId)).mode & 0o777]).toEqual([0o600, 0o700]);
});

it.each(['../x', 'x', '', '..'])('takes no name that is not a UUID: %j', async (name) => {
  await expect(blobs.get(anna, name)).rejects.toThrow('UUID');
  await expect(blobs.list(name)).rejects.toThrow('id of a person');
});

describe('what is not exactly as it was put', () => {
  const whole = content(2 * CHUNK_BYTES + 100);
  const SEALED = CHUNK_BYTES + 16;
  const HEADER = 36;
  const change = (how: (sealed: Buffer) => Buffer) => {
    const file = fileOf(anna, blobId);
    writeFileSync(file, how(readFileSync(file)));
  };
  const chunkOf = (sealed: Buffer, index: number): Buffer => sealed.subarray(HEADER + index * SEALED, HEADER + (index + 1) * SEALED);
  const join3 = (sealed: Buffer, ...indexes: number[]): Buffer =>
    Buffer.concat([sealed.subarray(0, HEADER), ...indexes.map((index) => chunkOf(sealed, index))]);
  const flip = (sealed: Buffer, at: number): Buffer => {
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    return sealed;
  };

  it.each<[string, (sealed: Buffer) => Buffer]>([
    ['cut in the middle of a chunk', (sealed) => sealed.subarray(0, SEALED)],
    ['cut between two chunks', (sealed) => join3(sealed, 0, 1)],
    ['cut to its header', (sealed) => sealed.subarray(0, HEADER)],
    ['empty', () => Buffer.alloc(0)],
    ['lengthened', (sealed) => Buffer.concat([sealed, Buffer.alloc(1)])],
    ['longer than any blob', (sealed) => Buffer.concat([sealed, Buffer.alloc(BYTES_MAX)])],
    ['reordered', (sealed) => join3(sealed, 1, 0, 2)],
    ['without its first chunk', (sealed) => join3(sealed, 1, 2)],
    ['with a chunk doubled', (sealed) => join3(sealed, 0, 0, 1, 2)],
    ['changed in its magic', (sealed) => flip(sealed, 0)],
    ['changed in its key id', (sealed) => flip(sealed, 5)],
    ['changed in its salt', (sealed) => flip(sealed, 30)],
    ['changed in its content', (sealed) => flip(sealed, HEADER + 9)],
    ['changed in its last tag', (sealed) => flip(sealed, sealed.length - 1)],
  ])('is not handed out: %s', async (_, how) => {
    await put(whole);
    change((sealed) => sealed);
    expect(await blobs.get(anna, blobId)).toHaveLength(whole.length);
    change(how);
    await expect(blobs.get(anna, blobId)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
  });

  it('nor another blob of the same person, nor one of somebody else’s, put in its place', async () => {
    // Even with one key for both, as no two people have.
    const bob: DataKey = { ...newPerson(), keyId: anna.keyId };
    const other = newId();
    await put(whole);
    await put(whole, anna, other);
    await put(whole, bob);
    const mine = readFileSync(fileOf(anna, blobId));
    for (const path of [fileOf(anna, other), fileOf(bob, blobId)]) {
      writeFileSync(path, mine);
    }
    await expect(blobs.get(anna, other)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
    await expect(blobs.get(bob, blobId)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
    expect(await blobs.get(anna, blobId)).toHaveLength(whole.length);
  });

  it('nor anything to who has another key', async () => {
    await put(whole);
    await expect(blobs.get({ ...anna, key: Buffer.alloc(32, 'x') }, blobId)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
  });
});
