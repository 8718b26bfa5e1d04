import type { DataKey } from '@trii/domain';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configuredBlobs } from './configured-blobs.ts';
import { s3BlobStore } from './s3-blob-store.ts';
import { startS3Server, type S3Server } from './s3-server.fixture.ts';
import { CHUNK_BYTES } from './sealed-chunks.ts';

const account = { accessKeyId: 'key-of-the-platform', secretAccessKey: 'a secret / of + signs', region: 'eu-west-1', bucket: 'documents' };
const BYTES_MAX = 3 * CHUNK_BYTES;

let server: S3Server;
let silent: S3Server;
beforeAll(() => {
  server = startS3Server(account);
  silent = startS3Server(account, true);
});
afterAll(async () => {
  await server.stop();
  await silent.stop();
});

const store = (change: Partial<Parameters<typeof s3BlobStore>[0]> = {}) =>
  s3BlobStore({ ...account, endpoint: server.url, bytesMax: BYTES_MAX, ...change });
const newPerson = (): DataKey => ({ userId: newId(), keyId: newId(), key: Buffer.alloc(32, 'k') });
const content = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7 + (at >> 8)) % 251));

let anna: DataKey;
let blobId: string;
beforeEach(() => {
  anna = newPerson();
  blobId = newId();
});
const put = (bytes: Buffer, owner = anna, id = blobId) => store().put(owner, id, [bytes]);
const keyOf = (): string => `${anna.userId}/${blobId}`;

it.each([0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, BYTES_MAX])(
  'gives back %d bytes as they were put, and the bucket has ciphertext',
  async (bytes) => {
    const whole = content(bytes);
    expect(await put(whole)).toEqual({ bytes });
    expect(Buffer.from((await store().get(anna, blobId)) ?? [])).toEqual(whole);
    const stored = server.objects.get(keyOf()) ?? Buffer.alloc(0);
    expect(stored.length).toBeGreaterThan(bytes);
    if (bytes > 100) expect(stored.includes(whole.subarray(0, 50))).toBe(false);
  },
);

it.each([
  ['within a chunk', 5, 100],
  ['over a border', CHUNK_BYTES - 3, 10],
  ['at the end, cut short', 2 * CHUNK_BYTES + 1_000, CHUNK_BYTES],
  ['behind the end', BYTES_MAX, 10],
])('reads a range %s', async (_where, from, bytes) => {
  const whole = content(2 * CHUNK_BYTES + 2_345);
  await put(whole);
  expect(Buffer.from((await store().read(anna, blobId, { from, bytes })) ?? [])).toEqual(whole.subarray(from, from + bytes));
  expect(await store().read(anna, newId(), { from, bytes })).toBeUndefined();
});

it('lists a person’s blobs over many pages and nobody else’s, and deletes one or all', async () => {
  const bob = newPerson();
  const ids = Array.from({ length: 5 }, () => newId());
  for (const id of ids) await put(content(5), anna, id);
  await put(content(5), bob);
  expect(await store().list(anna.userId)).toEqual(ids.toSorted());
  const [first = '', second = ''] = [anna.userId, bob.userId].toSorted();
  expect((await store().owners(first, 9))[0]).toBe(second);
  expect(await store().owners(second, 9)).not.toContain(first);
  expect([await store().delete(anna.userId, ids[0] ?? ''), await store().delete(anna.userId, ids[0] ?? '')]).toEqual([true, false]);
  expect(await store().get(anna, ids[0] ?? '')).toBeUndefined();
  await store().deleteAll(anna.userId);
  expect([await store().list(anna.userId), await store().list(bob.userId)]).toEqual([[], [blobId]]);
});

describe('what must not be', () => {
  it('writes over nothing that is there', async () => {
    await put(content(10));
    await expect(put(content(20))).rejects.toMatchObject({ code: 'BLOB_EXISTS' });
    expect(Buffer.from((await store().get(anna, blobId)) ?? [])).toEqual(content(10));
  });

  it('leaves nothing in the bucket of content that is too long or breaks off', async () => {
    await expect(put(content(BYTES_MAX + 1))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    async function* breaking() {
      yield await Promise.resolve(content(CHUNK_BYTES));
      throw new Error('the caller went away');
    }
    await expect(store().put(anna, blobId, breaking())).rejects.toThrow('the caller went away');
    expect(server.objects.has(keyOf())).toBe(false);
  });

  it('hands out nothing that was altered there, cut off, made longer, or put in another’s place', async () => {
    await put(content(2 * CHUNK_BYTES));
    const stored = server.objects.get(keyOf()) ?? Buffer.alloc(0);
    const altered = Buffer.from(stored);
    altered[100] = (altered[100] ?? 0) ^ 1;
    for (const wrong of [altered, stored.subarray(0, -1), Buffer.concat([stored, Buffer.alloc(BYTES_MAX)])]) {
      server.objects.set(keyOf(), wrong);
      await expect(store().get(anna, blobId)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
    }
    const other = newId();
    server.objects.set(`${anna.userId}/${other}`, stored);
    await expect(store().get(anna, other)).rejects.toMatchObject({ code: 'BLOB_ALTERED' });
  });

  it('asks nothing for a name that is no id', async () => {
    const before = server.asked.length;
    await expect(store().get(anna, '../elsewhere')).rejects.toThrow('a blob is named by a UUID');
    await expect(store().list('..')).rejects.toThrow('blobs are kept by the id of a person');
    expect(server.asked).toHaveLength(before);
  });
});

it('says that the store is away when it refuses the key, does not answer, or is not there', async () => {
  const away = { code: 'UNAVAILABLE' };
  await expect(store({ secretAccessKey: 'another' }).get(anna, blobId)).rejects.toMatchObject(away);
  await expect(store({ secretAccessKey: 'another' }).put(anna, blobId, [content(5)])).rejects.toMatchObject(away);
  await expect(store({ endpoint: silent.url, answerMs: 200 }).list(anna.userId)).rejects.toMatchObject(away);
  await expect(store({ endpoint: 'http://127.0.0.1:1', answerMs: 5_000 }).get(anna, blobId)).rejects.toMatchObject(away);
});

it('is what the settings name, before a folder; a bucket without a key does not start', async () => {
  const settings = {
    BLOB_S3_BUCKET: account.bucket,
    BLOB_S3_ENDPOINT: server.url,
    BLOB_S3_REGION: account.region,
    BLOB_FOLDER: '/nowhere',
  };
  expect(() => configuredBlobs(settings)).toThrow('BLOB_S3_ACCESS_KEY_ID');
  const key = { BLOB_S3_ACCESS_KEY_ID: account.accessKeyId, BLOB_S3_SECRET_ACCESS_KEY: account.secretAccessKey };
  await configuredBlobs({ ...settings, ...key }).put(anna, blobId, [content(5)]);
  expect(server.objects.has(keyOf())).toBe(true);
  await expect(Promise.resolve().then(() => configuredBlobs({}).list(anna.userId))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
