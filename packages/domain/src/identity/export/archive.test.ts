import { manualClock, newId } from '@trii/kernel';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import type { Sql } from '../../platform/index.ts';
import { archiveOf } from './archive.ts';
import { exportedTables } from './exported-tables.ts';

const at = manualClock('2026-03-01T12:00:00Z').now();
const owner = { userId: newId(), keyId: newId(), key: new Uint8Array(32) };
/** Every table has that many rows of 100 characters. */
const database =
  (rows: number): Sql =>
  <Row extends object>(strings: TemplateStringsArray) => {
    const isFetch = strings[0]?.startsWith('FETCH') === true;
    return Promise.resolve((isFetch ? Array.from({ length: rows }, () => ({ line: `"${'x'.repeat(97)}"` })) : []) as Row[]);
  };

async function archive(rows: number, bytesMax: number) {
  const parts: Uint8Array[] = [];
  const { content, entries } = archiveOf({ sql: database(rows), blobs: { get: () => Promise.resolve(undefined) }, owner, at, bytesMax });
  for await (const part of content) parts.push(part);
  return { files: unzipSync(Buffer.concat(parts)), entries };
}

it('has a file for each table, also for one that holds nothing, and the manifest last', async () => {
  const { files, entries } = await archive(0, 1_000_000);
  expect(Object.keys(exportedTables).filter((table) => files[`${table}.jsonl`]?.length !== 0)).toEqual([]);
  expect(entries.at(-1)?.name).toBe('manifest.json');
});

it('is refused when there is more than the bound, before all of it was read', async () => {
  const tables = Object.keys(exportedTables).length;
  await expect(archive(5, 5 * 100 * tables + 100_000)).resolves.toBeDefined();
  await expect(archive(5, 5 * 100 * tables)).rejects.toMatchObject({ code: 'EXPORT_TOO_LARGE', details: { bytesMax: 500 * tables } });
});
