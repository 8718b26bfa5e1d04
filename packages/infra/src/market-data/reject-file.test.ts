import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rejectFile } from './reject-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'trii-rejects-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('rejectFile', () => {
  it('keeps each line with its number, reason, message and raw text', () => {
    const path = join(folder, 'some.csv');
    const rejects = rejectFile({ path });
    rejects.add({ line: 3, reason: 'high_below_low', detail: 'high 9, low 11', raw: '2020-01-03,10,9,"11",10' });
    rejects.add({ line: 9, reason: 'unterminated_quote', detail: '', raw: 'x,"' });
    expect(rejects.close()).toEqual({ path, byReason: { high_below_low: 1, unterminated_quote: 1 }, leftOut: 0 });
    expect(readFileSync(path, 'utf8')).toBe(
      'line,reason,message,raw\n' +
        '3,high_below_low,"the high is below the low: high 9, low 11","2020-01-03,10,9,""11"",10"\n' +
        '9,unterminated_quote,"a quoted field is not closed on its line","x,"""\n',
    );
  });

  it('makes no file when nothing is rejected', () => {
    const path = join(folder, 'none.csv');
    expect(rejectFile({ path }).close()).toEqual({ path: null, byReason: {}, leftOut: 0 });
    expect(existsSync(path)).toBe(false);
  });

  it('stops growing at its bound, and counts what it left out', () => {
    const path = join(folder, 'many.csv');
    const rejects = rejectFile({ path, bytesMax: 10_000 });
    for (let line = 2; line < 1_002; line++) rejects.add({ line, reason: 'zero_price', detail: '', raw: 'é'.repeat(5_000) });
    const { leftOut, byReason } = rejects.close();
    const written = readFileSync(path, 'utf8').trimEnd().split('\n').length - 1;
    expect(readFileSync(path).byteLength).toBeLessThan(10_100);
    expect(byReason).toEqual({ zero_price: 1000 });
    // Each takes 2,000 bytes of its line and some of its own, so four fit.
    expect([written, leftOut]).toEqual([4, 996]);
  });
});
