import type { RawRow } from '@trii/domain';
import { describe, expect, it } from 'vitest';
import { openBarFile } from './bar-file.ts';

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function read(text: string, delimiter?: ';') {
  const file = await openBarFile(bytesOf(text), { delimiter });
  const rows: RawRow[] = [];
  for await (const batch of file.batches) rows.push(...batch);
  return { header: file.header, rows };
}

describe('openBarFile', () => {
  it('reads the header, then the lines with their numbers; blank lines are passed over', async () => {
    const { header, rows } = await read('\uFEFF\r\n"Date", Close \r\n2020-01-02,5\r\n\r\n"2020-01-03",6');
    expect(header).toEqual(['Date', 'Close']);
    expect(rows.map(({ line, fields, fault }) => [line, fields, fault])).toEqual([
      [3, ['2020-01-02', '5'], null],
      [5, ['2020-01-03', '6'], null],
    ]);
  });

  it('loses only the broken lines, each with its number and what is wrong', async () => {
    const long = `2020-01-06,"${'9'.repeat(20_000)}"`;
    const lines = ['date,close', '2020-01-02,"5', '2020-01-03,6', '2020-01-04', '2020-01-05,6,7', '2020-01-05,6"7', long, '2020-01-07,8'];
    const { rows } = await read(lines.join('\n'));
    expect(rows.map(({ line, fault }) => [line, fault?.reason ?? 'read', fault?.detail ?? ''])).toEqual([
      [2, 'unterminated_quote', ''],
      [3, 'read', ''],
      [4, 'wrong_field_count', '1 instead of 2'],
      [5, 'wrong_field_count', '3 instead of 2'],
      [6, 'broken_quote', ''],
      [7, 'line_too_long', 'more than 16384 characters'],
      [8, 'read', ''],
    ]);
    expect(rows[0]?.raw).toBe('2020-01-02,"5');
    expect(rows[5]?.raw).toHaveLength(1000);
  });

  it('takes a delimiter that the header does not tell', async () => {
    expect((await read('date,time;close\n1;2', ';')).header).toEqual(['date,time', 'close']);
  });

  it('refuses a file without a usable first line', async () => {
    await expect(read('\n \n\r\n')).rejects.toThrow(/no line with text/);
    await expect(read('just one column\n1')).rejects.toThrow(/"just one column" does not tell.*--delimiter/);
    await expect(read('a"b;c\n1', ';')).rejects.toThrow(/quotes do not match/);
    await expect(read(`${'x,'.repeat(20_000)}\n1`)).rejects.toThrow(/--delimiter/);
  });
});
