import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { auditLines } from './audit-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'trii-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(content: Buffer): Promise<[number, string, boolean][]> {
  const file = join(folder, 'file');
  writeFileSync(file, content);
  const found: [number, string, boolean][] = [];
  for await (const { bytes, isWhole } of auditLines(file))
    found.push([bytes.length, Buffer.from(bytes.subarray(0, 6)).toString('latin1'), isWhole]);
  return found;
}

test('lines come as their bytes are, also over the bounds of what is read at once', async () => {
  const long = 3 * 1024 * 1024 + 7;
  const content = Buffer.concat([Buffer.from('one\r\n\n'), Buffer.alloc(long, 'x'), Buffer.from('\nlast\n')]);
  expect(await linesOf(content)).toEqual([
    [4, 'one\r', true],
    [0, '', true],
    [long, 'xxxxxx', true],
    [4, 'last', true],
  ]);
});

test('a last line without its line feed says so, and a file of nothing has no line', async () => {
  expect(await linesOf(Buffer.from('one\ntwo'))).toEqual([
    [3, 'one', true],
    [3, 'two', false],
  ]);
  expect(await linesOf(Buffer.alloc(0))).toEqual([]);
});
