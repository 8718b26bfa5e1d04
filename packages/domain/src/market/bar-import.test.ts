import { fixedClock } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { barFileOf } from './bar-file.fixture.ts';
import type { ReadChunk } from './bar-chunks.ts';
import { type BarImport, type ImportRequest, openBarImport } from './bar-import.ts';
import type { BarFile, ListedInstrument, RejectedLine } from './ports.ts';

const instruments: Readonly<Record<string, ListedInstrument>> = {
  AAPL: { id: 'apple', symbol: 'AAPL', exchangeCode: 'XNYS' },
  BTC: { id: 'bitcoin', symbol: 'BTC', exchangeCode: '24/7' },
  GOLD: { id: 'gold', symbol: 'GOLD', exchangeCode: null },
};

const request: ImportRequest = {
  resolution: '1d',
  source: 'test.csv',
  symbol: 'AAPL',
  mapping: {},
  timeZone: undefined,
  dateFormat: undefined,
  decimalComma: false,
};

interface Opened {
  readonly opened: BarImport;
  readonly rejected: RejectedLine[];
  readonly lookUps: string[];
}

async function open(file: BarFile, given: Partial<ImportRequest> = {}, chunkRows = 1_000): Promise<Opened> {
  const rejected: RejectedLine[] = [];
  const lookUps: string[] = [];
  const find = async (symbol: string) => {
    lookUps.push(symbol);
    return instruments[symbol] ?? null;
  };
  const clock = fixedClock('2026-11-23T15:00:00Z');
  const opened = await openBarImport(
    { ...request, ...given },
    { file, find, rejects: { add: (line) => rejected.push(line) }, clock, chunkRows },
  );
  return { opened, rejected, lookUps };
}

async function chunksOf({ opened }: Opened): Promise<ReadChunk[]> {
  const chunks: ReadChunk[] = [];
  for await (const chunk of opened.chunks) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: readonly ReadChunk[]): string[] =>
  chunks.flatMap((chunk) => chunk.bars.blocks.join('').split('\n').filter(Boolean));
const briefly = (rejected: readonly RejectedLine[]) => rejected.map(({ line, reason }) => [line, reason]);

describe('openBarImport', () => {
  it('turns sound lines into COPY text and hands the others to the rejects, with line and raw text', async () => {
    const lines = [
      '2020-01-02,10,11,9,10.5,100',
      null,
      '2020-01-03,10,9,11,10,100',
      '2020-01-04,10,11,9,10,1',
      '2020-01-06,,,,12,',
      'oops,1,1,1,1,1',
    ];
    const importing = await open(barFileOf('date,open,high,low,close,volume', lines));
    const chunks = await chunksOf(importing);
    expect(textOf(chunks)).toEqual([
      'apple\t2020-01-02\t10\t11\t9\t10.5\t100\ttest.csv',
      'apple\t2020-01-06\t\\N\t\\N\t\\N\t12\t\\N\ttest.csv',
    ]);
    expect(briefly(importing.rejected)).toEqual([
      [3, 'unterminated_quote'],
      [4, 'high_below_low'],
      [5, 'not_a_session'],
      [7, 'not_a_date'],
    ]);
    expect(importing.rejected[1]).toMatchObject({ raw: '2020-01-03,10,9,11,10,100', detail: 'high 9, low 11' });
    expect(chunks.map(({ read, rejected, skipped, isLast }) => ({ read, rejected, skipped, isLast }))).toEqual([
      { read: 6, rejected: 4, skipped: 0, isLast: true },
    ]);
  });

  it('writes intraday bars at their start in UTC', async () => {
    const opened = await open(barFileOf('time,open,high,low,close,volume', ['2020-12-15 09:30,1,1,1,1,5']), {
      resolution: '1m',
      timeZone: 'America/New_York',
    });
    expect(textOf(await chunksOf(opened))).toEqual(['apple\t2020-12-15 14:30+00\t1\t1\t1\t1\t5']);
  });

  it('needs every value of an intraday bar', async () => {
    const opened = await open(
      barFileOf('time,open,high,low,close,volume', [
        '2020-12-15 09:30Z,1,1,1,1,',
        '2020-12-15 09:31Z,,,,1,5',
        '2020-12-15 09:32Z,1,1,1,,5',
      ]),
      {
        resolution: '1m',
      },
    );
    expect(textOf(await chunksOf(opened))).toEqual([]);
    expect(opened.rejected.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['missing_value', 'volume'],
      ['missing_value', 'open'],
      ['missing_value', 'close'],
    ]);
  });

  it('cuts a file into chunks of bounded size and says which is the last', async () => {
    const days = ['02', '03', '06', '07', '08', '09', '10'].map((day) => `2020-01-${day},5`);
    const chunks = await chunksOf(await open(barFileOf('date,close', days), {}, 3));
    expect(chunks.map(({ bars, isLast, lastLine }) => [bars.count, lastLine, isLast])).toEqual([
      [3, 4, false],
      [3, 7, false],
      [1, 8, true],
    ]);
    const exact = await chunksOf(await open(barFileOf('date,close', days.slice(0, 6)), {}, 3));
    expect(exact.map(({ bars, isLast }) => [bars.count, isLast])).toEqual([
      [3, false],
      [3, true],
    ]);
  });

  it('gives up a chunk of rejects too, so that nothing grows with a hopeless file', async () => {
    const chunks = await chunksOf(await open(barFileOf('date,close', Array<string>(30).fill('2020-01-04,5')), {}, 3));
    expect(chunks.map(({ read, rejected }) => [read, rejected])).toEqual([
      [12, 12],
      [12, 12],
      [6, 6],
    ]);
  });

  it('sets repeats of a bar aside, also of one in an earlier chunk, but not after a rejected line', async () => {
    const lines = ['2020-01-02,5', '2020-01-02,5', '2020-01-03,0', '2020-01-03,6', '2020-01-02,7'];
    const chunks = await chunksOf(await open(barFileOf('date,close', lines), {}, 2));
    expect(chunks.map(({ bars, repeats }) => [bars.count, repeats.map(({ bar, row }) => [row.line, bar.close])])).toEqual([
      [1, [[3, '5']]],
      [1, [[6, '7']]],
    ]);
  });

  it('tells the first and last period of each instrument of a chunk', async () => {
    const lines = ['AAPL,2020-01-06,5', 'BTC,2020-01-05,5', 'AAPL,2020-01-02,5', 'AAPL,2020-01-03,5'];
    const [chunk] = await chunksOf(await open(barFileOf('ticker,date,close', lines), { symbol: undefined }));
    const day = (iso: string) => Date.parse(iso) / 86_400_000;
    expect(chunk?.bars.ranges).toEqual([
      { instrumentId: 'apple', first: day('2020-01-02'), last: day('2020-01-06') },
      { instrumentId: 'bitcoin', first: day('2020-01-05'), last: day('2020-01-05') },
    ]);
  });
});

describe('whose bars they are', () => {
  const mixed = ['AAPL,2020-01-02,5', 'NOPE,2020-01-02,5', 'BTC,2020-01-04,6', 'NOPE,2020-01-03,5', ',2020-01-03,5', 'GOLD,2020-01-03,5'];

  it('is told line by line in a file with a symbol column; each symbol is looked up once', async () => {
    const importing = await open(barFileOf('symbol,date,close', mixed), { symbol: undefined });
    expect(textOf(await chunksOf(importing)).map((line) => line.slice(0, 18))).toEqual(['apple\t2020-01-02\t\\', 'bitcoin\t2020-01-04']);
    expect(briefly(importing.rejected)).toEqual([
      [3, 'unknown_symbol'],
      [5, 'unknown_symbol'],
      [6, 'missing_value'],
      [7, 'no_exchange'],
    ]);
    expect(importing.lookUps).toEqual(['AAPL', 'NOPE', 'BTC', 'GOLD']);
  });

  it('may be narrowed to one symbol; the other lines are skipped, not judged', async () => {
    const importing = await open(barFileOf('symbol,date,close', mixed), { symbol: 'BTC' });
    const chunks = await chunksOf(importing);
    expect(chunks.map(({ read, skipped, rejected, bars }) => [read, skipped, rejected, bars.count])).toEqual([[1, 5, 0, 1]]);
  });

  it('must be known before anything is read', async () => {
    await expect(open(barFileOf('date,close', ['2020-01-02,5']), { symbol: 'NOPE' })).rejects.toThrow(
      /"NOPE" is listed.*market.listInstrument/,
    );
    await expect(open(barFileOf('date,close', ['2020-01-02,5']), { symbol: undefined })).rejects.toThrow(/--symbol/);
  });
});

describe('the head of a file', () => {
  it('tells the date format from thousands of lines, not from the first', async () => {
    const ambiguous = Array.from({ length: 200 }, (_, n) => `1/${(n % 12) + 1}/2017,5`);
    const importing = await open(barFileOf('date,close', [...ambiguous, '1/13/2017,6']));
    const chunks = await chunksOf(importing);
    expect(textOf(chunks).at(-1)).toContain('2017-01-13');
  });

  it('of decimal commas is read as such, and points in it are no numbers', async () => {
    const lines = ['2020-01-02;5,25', '2020-01-03;1.234,5'].map((line) => line.replace(',', '@').replace(';', ','));
    const file = barFileOf('date,close', lines);
    async function* withCommas() {
      for await (const rows of file.batches)
        yield rows.map((row) => ({ ...row, fields: row.fields.map((field) => field.replace('@', ',')) }));
    }
    const importing = await open({ header: file.header, batches: withCommas() }, { decimalComma: true });
    expect(textOf(await chunksOf(importing))).toEqual(['apple\t2020-01-02\t\\N\t\\N\t\\N\t5.25\t\\N\ttest.csv']);
    expect(importing.rejected).toMatchObject([{ line: 3, reason: 'not_a_number', detail: 'close 1.234,5' }]);
  });
});
