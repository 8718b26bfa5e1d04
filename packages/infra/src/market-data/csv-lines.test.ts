import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, LINE_LENGTH_MAX, lineBatches } from './csv-lines.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function linesOf(text: string | Uint8Array, size = 7): Promise<Line[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const lines: Line[] = [];
  for await (const batch of lineBatches(pieces(bytes, size))) lines.push(...batch);
  return lines;
}

const texts = async (text: string, size?: number) => (await linesOf(text, size)).map((line) => line.text);

describe('lineBatches', () => {
  it('cuts at LF and CRLF, with and without a last line break, and keeps blank lines for the count', async () => {
    expect(await texts('a\r\nb\n\nc')).toEqual(['a', 'b', '', 'c']);
    expect(await texts('a\nb\n')).toEqual(['a', 'b']);
    expect(await texts('')).toEqual([]);
    expect((await linesOf('a\n\nc')).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('drops a byte order mark and joins characters that pieces tear apart', async () => {
    expect(await texts('\uFEFFdate,close\n€,ñ\n', 1)).toEqual(['date,close', '€,ñ']);
  });

  it('gives the same lines however the bytes arrive', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n\uFEFF]/g, ''));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 40 }), async (lines, size) => {
        expect(await texts(`${lines.join('\n')}\n`, size)).toEqual(lines);
      }),
    );
  });

  it('keeps only the head of an overlong line and goes on with the next one', async () => {
    for (const size of [100, 10_000, 1_000_000]) {
      const lines = await linesOf(`a\n${'x'.repeat(LINE_LENGTH_MAX * 5)}\nb\n${'y'.repeat(LINE_LENGTH_MAX)}\nc`, size);
      expect(lines.map(({ number, text, whole }) => [number, text.slice(0, 2), text.length, whole])).toEqual([
        [1, 'a', 1, true],
        [2, 'xx', 1000, false],
        [3, 'b', 1, true],
        [4, 'yy', LINE_LENGTH_MAX, true],
        [5, 'c', 1, true],
      ]);
    }
  });

  it('says what to do with a file that is no UTF-8 text', async () => {
    await expect(linesOf(new Uint8Array([0xff, 0xfe, 0x64, 0x00]))).rejects.toThrow(/UTF-16.*iconv/);
    await expect(linesOf(new Uint8Array([0x1f, 0x8b, 0x08, 0x00]))).rejects.toThrow(/compressed.*gunzip/);
  });
});
