import type { BarFile, RawRow } from './ports.ts';
import { fault } from './reject-reasons.ts';

/** A bar file in memory, its fields parted by commas; a null line is one that the reader found broken. */
export function barFileOf(header: string, lines: ReadonlyArray<string | null>, batchRows = 3): BarFile {
  const rows = lines.map((text, index): RawRow => ({
    line: index + 2,
    raw: text ?? '"',
    fields: text?.split(',') ?? [],
    fault: text === null ? fault('unterminated_quote') : null,
  }));
  async function* batches(): AsyncGenerator<RawRow[]> {
    for (let at = 0; at < rows.length; at += batchRows) yield rows.slice(at, at + batchRows);
  }
  return { header: header.split(','), batches: batches() };
}
