import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIMITERS, detectDelimiter, splitFields } from './csv-fields.ts';

describe('splitFields', () => {
  it('reads plain and quoted fields, doubled quotes and delimiters within quotes', () => {
    expect(splitFields('a,b,,c', ',')).toEqual(['a', 'b', '', 'c']);
    expect(splitFields('"a,b","say ""hi""",,""', ',')).toEqual(['a,b', 'say "hi"', '', '']);
    expect(splitFields('"a";b', ';')).toEqual(['a', 'b']);
    expect(splitFields('"",', ',')).toEqual(['', '']);
    expect(splitFields('"""",x', ',')).toEqual(['"', 'x']);
  });

  it.each([
    ['a,"b', 'unterminated_quote'],
    ['"', 'unterminated_quote'],
    ['"a""', 'unterminated_quote'],
    ['a"b,c', 'broken_quote'],
    ['"a"b,c', 'broken_quote'],
    ['"a" ,c', 'broken_quote'],
  ])('finds %s to be broken: %s', (line, fault) => {
    expect(splitFields(line, ',')).toBe(fault);
  });

  it('reads every well-formed line as csv-parse does', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '1', '.', ' ', '"', ',', ';', '\t', '|', 'é'), maxLength: 8 });
    const quoting = fc.tuple(field, fc.boolean());
    fc.assert(
      fc.property(fc.array(quoting, { minLength: 1, maxLength: 6 }), fc.constantFrom(...DELIMITERS), (fields, delimiter) => {
        const line = fields
          .map(([text, quoted]) => (quoted || text.includes('"') || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text))
          .join(delimiter);
        fc.pre(line !== '');
        const [expected] = parse(line, { delimiter, relax_column_count: true });
        expect(splitFields(line, delimiter)).toEqual(expected);
        expect(splitFields(line, delimiter)).toEqual(fields.map(([text]) => text));
      }),
    );
  });

  it('never throws, whatever a line holds', () => {
    const text = fc.string({ unit: fc.constantFrom('"', ',', 'a', ' ', '\0', '\\'), maxLength: 40 });
    fc.assert(fc.property(text, (line) => ['string', 'object'].includes(typeof splitFields(line, ','))));
  });
});

describe('detectDelimiter', () => {
  it.each([
    ['date,open,high', ','],
    ['date;open;high', ';'],
    ['date\topen\thigh', '\t'],
    ['date|open', '|'],
    ['"Date, local";"Open"', ';'],
    ['date;"a,b,c";close', ';'],
  ])('tells that of %j', (header, delimiter) => {
    expect(detectDelimiter(header)).toBe(delimiter);
  });

  it.each(['date', '', 'a,b;c', '"date,open'])('does not guess it from %j', (header) => {
    expect(detectDelimiter(header)).toBeNull();
  });
});
