import { createHash, randomUUID as newId } from 'node:crypto';
import { exportedTables, handlers, leftOutOfExports, sessionKeys, setKeys } from '@trii/domain';
import { callAs, createTestDatabase, createTestPlatform, investorActor, sqlOf, testVault, withClient } from '@trii/testkit';
import type { TestDatabase, TestPlatform } from '@trii/testkit';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tenantRelations } from './row-level-security/catalog.fixture.ts';
import { writeSubjects } from './row-level-security/subjects.fixture.ts';

// What a person is given, against the catalog of the database and a row of everything for each of two people.

let database: TestDatabase;
let platform: TestPlatform;
let ada: string;
let bob: string;
let files: ReadonlyMap<string, Uint8Array>;
let manifest: { files: { name: string; rows: number | null; bytes: number; sha256: string }[]; leftOut: { tables: object } };

const tables = async () =>
  (await withClient(database.urls.admin, tenantRelations)).filter(({ kind }) => kind === 'table' || kind === 'partitioned table');
const ownerOf = (table: string): string => (table === 'users' ? 'id' : 'user_id');
const rowsOf = (table: string, userId: string) =>
  platform.inspect<Record<string, unknown>>(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${ownerOf(table)} = $1`, [userId]);
const PASSPORT = Buffer.from('%PDF-1.4 the passport of Ada');

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  const subjects = await writeSubjects(database);
  [ada, bob] = [subjects.ada.userId, subjects.bob.userId];
  for (const userId of [ada, bob]) await encryptRowsOf(userId);
  ({ files, manifest } = await exported());
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

/** The sample rows have noise for ciphertext: here is some that their owner's key opens. */
async function encryptRowsOf(userId: string): Promise<void> {
  const vault = testVault();
  const owner = await vault.issue(userId);
  const { keyId, wrappedKey, masterKeyId } = await vault.wrap(owner);
  const blobId = newId();
  await platform.blobs.put(owner, blobId, [PASSPORT]);
  const document = {
    documentId: newId(),
    kind: 'PASSPORT',
    contentType: 'application/pdf',
    bytes: 1,
    sha256: 'x',
    addedAt: '2026-01-01T00:00:00Z',
    blobId,
  };
  await withClient(database.urls.admin, async (admin) => {
    await admin.query('BEGIN');
    await setKeys(sqlOf(admin), sessionKeys(owner, await vault.blindIndexKey()));
    await admin.query('UPDATE person_keys SET key_id = $2, wrapped_key = $3, master_key_id = $4 WHERE user_id = $1', [
      userId,
      keyId,
      wrappedKey,
      masterKeyId,
    ]);
    for (const [table, { opened = {} }] of Object.entries(exportedTables))
      for (const column of Object.keys(opened))
        await admin.query(`UPDATE ${table} SET ${column} = encrypt_pii($2) WHERE ${ownerOf(table)} = $1`, [
          userId,
          `${column} of ${userId}`,
        ]);
    await admin.query('UPDATE users SET kyc_documents_enc = encrypt_pii($2) WHERE id = $1', [
      userId,
      JSON.stringify({ version: 1, documents: [document] }),
    ]);
    await admin.query('COMMIT');
  });
}

async function exported() {
  const call = callAs(platform, investorActor(ada));
  const made = await call(handlers.identity.exportMyData, {});
  const parts: Buffer[] = [];
  for (let part = 0; part < made.parts; part += 1)
    parts.push(Buffer.from((await call(handlers.identity.readExportPart, { exportId: made.exportId, part })).content, 'base64'));
  const archive = Buffer.concat(parts);
  expect([archive.length, createHash('sha256').update(archive).digest('hex')]).toEqual([made.bytes, made.sha256]);
  const unpacked = new Map(Object.entries(unzipSync(archive)));
  return { files: unpacked, manifest: JSON.parse(textOf(unpacked, 'manifest.json')) as typeof manifest };
}

const textOf = (unpacked: ReadonlyMap<string, Uint8Array>, name: string): string => Buffer.from(unpacked.get(name) ?? []).toString();
const linesOf = (table: string): Record<string, unknown>[] =>
  textOf(files, `${table}.jsonl`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('every table with an investor’s data is in the export or is left out for a reason, and so is every column', async () => {
  const found = await tables();
  expect([...Object.keys(exportedTables), ...Object.keys(leftOutOfExports)].toSorted()).toEqual(found.map(({ name }) => name).toSorted());
  const columns = Object.fromEntries(found.map(({ name, columns: of }) => [name, of.map((column) => column.name).toSorted()]));
  for (const [name, { columns: plain, opened = {}, shown = {}, withheld = {} }] of Object.entries(exportedTables))
    expect([name, [...plain, ...Object.keys({ ...opened, ...shown, ...withheld })].toSorted()]).toEqual([name, columns[name]]);
  expect(Object.keys(leftOutOfExports)).toContain('kyc_screenings');
});

test('the archive has each of the person’s rows, whole and opened, and the documents as they were', async () => {
  for (const [name, { columns, opened = {}, shown = {} }] of Object.entries(exportedTables)) {
    const rows = linesOf(name);
    // The export is no part of itself, and neither is the row of the audit that it leaves.
    const later = name === 'person_exports' || name === 'audit_logs' ? rows.length : (await rowsOf(name, ada)).length;
    expect([name, rows.length]).toEqual([name, later]);
    expect([name, rows.length > 0]).toEqual([name, true]);
    const symbol = columns.includes('instrument_id') ? ['instrument_symbol'] : [];
    expect(Object.keys(rows[0] ?? {}).toSorted()).toEqual(
      [...columns, ...symbol, ...Object.values(opened), ...Object.keys(shown)].toSorted(),
    );
    for (const [column, as] of Object.entries(opened)) expect(rows.map((row) => row[as])).toEqual(rows.map(() => `${column} of ${ada}`));
  }
  expect(linesOf('positions')[0]).toMatchObject({ quantity: '4.00000000', instrument_symbol: 'RLS' });
  const [document] = linesOf('documents');
  expect(Buffer.from(files.get(String(document?.['file'])) ?? [])).toEqual(PASSPORT);
});

test('the manifest counts every file, with a digest that is right', () => {
  expect(manifest.files.map(({ name }) => name).toSorted()).toEqual(
    [...files.keys()].filter((name) => name !== 'manifest.json').toSorted(),
  );
  for (const { name, rows, bytes, sha256 } of manifest.files) {
    const content = files.get(name) ?? new Uint8Array();
    expect([name, bytes, sha256]).toEqual([name, content.length, createHash('sha256').update(content).digest('hex')]);
    if (name.endsWith('.jsonl')) expect([name, rows]).toEqual([name, linesOf(name.replace('.jsonl', '')).length]);
  }
});

test('nothing of anybody else is in it, and nothing that lets in', async () => {
  const everything = [...files.values()].map((content) => Buffer.from(content).toString()).join('\n');
  const shared = new Set((await platform.inspect<{ id: string }>('SELECT id FROM instruments')).map(({ id }) => id));
  const ids = new Set<string>();
  const secrets: string[] = [];
  for (const { name } of await tables()) {
    const bobs = JSON.stringify(await rowsOf(name, bob));
    for (const id of bobs.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []) if (!shared.has(id)) ids.add(id);
    const withheld = Object.keys(exportedTables[name]?.withheld ?? {});
    for (const { row } of await rowsOf(name, ada))
      for (const column of withheld) {
        const value = (row as Record<string, unknown>)[column];
        if (typeof value === 'string' && value.length > 4) secrets.push(value);
      }
  }
  expect([ids.size > 30, secrets.length > 5]).toEqual([true, true]);
  expect([...ids].filter((id) => everything.includes(id))).toEqual([]);
  expect(secrets.filter((secret) => everything.includes(secret))).toEqual([]);
  expect([...files.keys()]).not.toContain('kyc_screenings.jsonl');
  expect(manifest.leftOut.tables).toEqual(leftOutOfExports);
});
