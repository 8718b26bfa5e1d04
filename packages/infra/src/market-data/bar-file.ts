import { type BarFile, fault, type RawRow } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { detectDelimiter, splitFields } from './csv-fields.ts';
import type { Delimiter } from './csv-fields.ts';
import { LINE_LENGTH_MAX, lineBatches } from './csv-lines.ts';
import type { Line } from './csv-lines.ts';

export interface BarFileOptions {
  /** Detected from the header when left out. */
  readonly delimiter?: Delimiter | undefined;
}

/**
 * Opens a CSV of bars: reads its header, then streams its lines. Memory is bounded by the pieces that `bytes` yields. Blank lines
 * are passed over; a line that is no record comes with its fault and costs no other line.
 * @throws CodedError FILE_EMPTY, DELIMITER_UNCLEAR, HEADER_BROKEN, FILE_NOT_TEXT
 */
export async function openBarFile(bytes: AsyncIterable<Uint8Array>, options: BarFileOptions = {}): Promise<BarFile> {
  const batches = lineBatches(bytes);
  for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
    const at = next.value.findIndex((line) => !isBlank(line));
    const header = next.value[at];
    if (header === undefined) continue;
    const delimiter = options.delimiter ?? delimiterOf(header);
    const names = headerNames(header, delimiter);
    const rowOf = rowReader(names.length, delimiter);
    return { header: names, batches: rowBatches(rowOf, next.value.slice(at + 1), batches) };
  }
  throw new CodedError('FILE_EMPTY', 'the file has no line with text: its first must name the columns');
}

function isBlank(line: Line): boolean {
  return line.whole && line.text.trim() === '';
}

function delimiterOf(header: Line): Delimiter {
  const delimiter = header.whole ? detectDelimiter(header.text) : null;
  if (delimiter !== null) return delimiter;
  throw new CodedError(
    'DELIMITER_UNCLEAR',
    `the header "${header.text.slice(0, 120)}" does not tell what separates the columns: pass --delimiter`,
    {
      details: { header: header.text.slice(0, 200) },
    },
  );
}

function headerNames(header: Line, delimiter: Delimiter): string[] {
  const fields = splitFields(header.text, delimiter);
  if (typeof fields !== 'string') return fields.map((field) => field.trim());
  throw new CodedError('HEADER_BROKEN', `the header's quotes do not match (${fields}): "${header.text.slice(0, 120)}"`);
}

async function* rowBatches(
  rowOf: (line: Line) => RawRow,
  first: readonly Line[],
  rest: AsyncGenerator<Line[]>,
): AsyncGenerator<RawRow[], void, void> {
  yield rows(first, rowOf);
  for await (const lines of rest) yield rows(lines, rowOf);
}

function rows(lines: readonly Line[], rowOf: (line: Line) => RawRow): RawRow[] {
  const found: RawRow[] = [];
  for (const line of lines) if (!isBlank(line)) found.push(rowOf(line));
  return found;
}

const NO_FIELDS: readonly string[] = [];

function rowReader(width: number, delimiter: Delimiter): (line: Line) => RawRow {
  const broken = (
    line: Line,
    reason: 'line_too_long' | 'unterminated_quote' | 'broken_quote' | 'wrong_field_count',
    detail: string,
  ): RawRow => ({
    line: line.number,
    raw: line.text,
    fields: NO_FIELDS,
    fault: fault(reason, detail),
  });
  return (line) => {
    if (!line.whole) return broken(line, 'line_too_long', `more than ${LINE_LENGTH_MAX} characters`);
    const fields = splitFields(line.text, delimiter);
    if (typeof fields === 'string') return broken(line, fields, '');
    if (fields.length !== width) return broken(line, 'wrong_field_count', `${fields.length} instead of ${width}`);
    return { line: line.number, raw: line.text, fields, fault: null };
  };
}
