import { describe, expect, it } from 'vitest';
import { ImportInput } from './import-options.ts';

const given = { resolution: '1d', arguments: ['prices.csv'] };
const parse = (options: Record<string, unknown>) => ImportInput.safeParse({ ...given, ...options });
const problemOf = (options: Record<string, unknown>): string =>
  parse(options)
    .error?.issues.map((issue) => issue.message)
    .join('; ') ?? 'none';

describe('the options of an import', () => {
  it('are a file and a resolution at least', () => {
    expect(parse({}).data).toEqual({ ...given, map: {}, decimalComma: false, dryRun: false, strict: false });
    expect(problemOf({ resolution: '2d' })).toContain('1d');
    expect(problemOf({ arguments: [] })).not.toBe('none');
  });

  it('map columns by role, several in one option or in several, also names with commas', () => {
    expect(parse({ map: ['close=Adj Close,date=Day'] }).data?.map).toEqual({ close: 'Adj Close', date: 'Day' });
    expect(parse({ map: ['Close=Price, USD, date=Day', 'volume=A=B'] }).data?.map).toEqual({
      close: 'Price, USD',
      date: 'Day',
      volume: 'A=B',
    });
    for (const wrong of ['foo=bar', 'close', 'close=', 'bar,close=X'])
      expect(problemOf({ map: [wrong] }), wrong).toContain('--map takes ROLE=COLUMN');
  });

  it('name a delimiter by its sign or its name', () => {
    expect(['tab', 'comma', ';', '|', '\t'].map((delimiter) => parse({ delimiter }).data?.delimiter)).toEqual(['\t', ',', ';', '|', '\t']);
    expect(problemOf({ delimiter: ':' })).toContain('--delimiter');
  });

  it('are known words where they are words', () => {
    expect(problemOf({ timeZone: 'New York' })).toContain('America/New_York');
    expect(problemOf({ dateFormat: 'DD/MM/YY' })).toContain('YYYY-MM-DD');
    expect(problemOf({ symbol: 'a b' })).toContain('AAPL');
    expect(problemOf({ symbolColumn: 'x', map: ['symbol=y'] })).toContain('not by both');
  });
});
