/** Characters that may separate fields. */
export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

export type FieldFault = 'unterminated_quote' | 'broken_quote';

const QUOTE = '"';

/**
 * The fields of one line (RFC 4180, but a field ends with its line: a quote left open would swallow the rest of the file, and no
 * price file needs a line break within a field). Why not a CSV library: docs/adr/0014.
 */
export function splitFields(line: string, delimiter: Delimiter): readonly string[] | FieldFault {
  return line.includes(QUOTE) ? quotedFields(line, delimiter) : line.split(delimiter);
}

function quotedFields(line: string, delimiter: Delimiter): readonly string[] | FieldFault {
  const fields: string[] = [];
  let start = 0;
  for (;;) {
    if (line[start] !== QUOTE) {
      const end = line.indexOf(delimiter, start);
      const field = end < 0 ? line.slice(start) : line.slice(start, end);
      if (field.includes(QUOTE)) return 'broken_quote';
      fields.push(field);
      if (end < 0) return fields;
      start = end + 1;
      continue;
    }
    const end = closingQuote(line, start + 1);
    if (end < 0) return 'unterminated_quote';
    fields.push(line.slice(start + 1, end).replaceAll('""', QUOTE));
    if (end === line.length - 1) return fields;
    if (line[end + 1] !== delimiter) return 'broken_quote';
    start = end + 2;
  }
}

/** Position of the quote that ends a field; two in a row stand for one within it. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf(QUOTE, from);
  while (at >= 0 && line[at + 1] === QUOTE) at = line.indexOf(QUOTE, at + 2);
  return at;
}

/** The delimiter that cuts a header into most fields, or null when none or two do. */
export function detectDelimiter(header: string): Delimiter | null {
  const counts = DELIMITERS.map((delimiter) => {
    const fields = splitFields(header, delimiter);
    return { delimiter, fields: typeof fields === 'string' ? 0 : fields.length };
  }).sort((a, b) => b.fields - a.fields);
  const [best, second] = counts;
  return best !== undefined && best.fields > 1 && best.fields !== second?.fields ? best.delimiter : null;
}
