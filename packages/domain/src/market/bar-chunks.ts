import { CodedError } from '@trii/kernel';
import { BarText } from './bar-text.ts';
import type { Bar } from './bar.ts';
import type { RawRow, RejectSink } from './ports.ts';
import type { LineInstrument } from './read-bar.ts';
import { ownCopy } from './own-copy.ts';
import { fault, isFault } from './reject-reasons.ts';
import type { Fault } from './reject-reasons.ts';
import { SeenPeriods } from './seen-periods.ts';

/** A part of a file, read and judged: what to write, and how many lines it took. */
export interface ReadChunk {
  readonly bars: BarText;
  readonly repeats: ReadonlyArray<{ readonly bar: Bar; readonly row: RawRow }>;
  /** Data lines but for those skipped. */
  readonly read: number;
  readonly rejected: number;
  /** Lines of other symbols than the one asked for. */
  readonly skipped: number;
  readonly lastLine: number;
  readonly isLast: boolean;
}

export interface ChunkOptions {
  readonly batches: AsyncIterable<readonly RawRow[]>;
  readonly readBar: (fields: readonly string[], instrument: LineInstrument) => Bar | Fault;
  readonly instruments: LineInstruments;
  /** A bar as a line of COPY's text. */
  readonly lineOf: (bar: Bar) => string;
  /** The part of the series that a period lies in. */
  readonly partOf: (period: number) => number;
  readonly rejects: RejectSink;
  /** Bars to a chunk; a chunk is also given up after four times as many lines. */
  readonly chunkRows: number;
}

/** Whose bar a line is. */
export interface LineInstruments {
  /** undefined: not known yet, ask {@link load} once. 'skip': a line of another symbol than the one asked for. */
  of(fields: readonly string[]): LineInstrument | Fault | 'skip' | undefined;
  load(fields: readonly string[]): Promise<LineInstrument | Fault | 'skip'>;
}

interface OpenChunk {
  isLast: boolean;
  readonly bars: BarText;
  readonly repeats: Array<{ bar: Bar; row: RawRow }>;
  read: number;
  rejected: number;
  skipped: number;
  lastLine: number;
}

/**
 * The chunks of a file, in its order; at least one, and the last says so. Memory is bounded by one batch, one chunk and
 * {@link SeenPeriods}. The line is judged here, once: a rejected line goes to `rejects` and nowhere else.
 */
export async function* barChunks(options: ChunkOptions): AsyncGenerator<ReadChunk, void, void> {
  const { instruments, chunkRows } = options;
  const seen = new SeenPeriods();
  const emptyChunk = (): OpenChunk => ({
    bars: new BarText(options.lineOf, options.partOf),
    repeats: [],
    read: 0,
    rejected: 0,
    skipped: 0,
    lastLine: 0,
    isLast: false,
  });
  let chunk = emptyChunk();
  for await (const batch of options.batches) {
    for (const row of batch) {
      if (isFull(chunk, chunkRows)) {
        yield chunk;
        chunk = emptyChunk();
      }
      const instrument = row.fault ?? instruments.of(row.fields) ?? (await instruments.load(row.fields));
      take({ options, seen, chunk, row, instrument });
    }
  }
  yield { ...chunk, isLast: true };
}

function isFull({ bars, repeats, read, skipped }: OpenChunk, chunkRows: number): boolean {
  return bars.count + repeats.length >= chunkRows || read + skipped >= chunkRows * 4;
}

interface Taking {
  readonly options: ChunkOptions;
  readonly seen: SeenPeriods;
  readonly chunk: OpenChunk;
  readonly row: RawRow;
  readonly instrument: LineInstrument | Fault | 'skip';
}

function take({ options, seen, chunk, row, instrument }: Taking): void {
  chunk.lastLine = row.line;
  if (instrument === 'skip') {
    chunk.skipped += 1;
    return;
  }
  chunk.read += 1;
  const bar = isFault(instrument) ? instrument : options.readBar(row.fields, instrument);
  const refused = isFault(bar) ? bar : place(bar, { seen, chunk, row });
  if (refused === null) return;
  chunk.rejected += 1;
  options.rejects.add({ ...refused, line: row.line, raw: row.raw });
}

function place(bar: Bar, { seen, chunk, row }: Pick<Taking, 'seen' | 'chunk' | 'row'>): Fault | null {
  const sighting = seen.note(bar.instrumentId, bar.period);
  if (sighting === 'forgotten') return fault('out_of_order');
  if (sighting === 'new') chunk.bars.add(bar);
  else chunk.repeats.push({ bar, row });
  return null;
}

/** Symbols of a file that are looked up and remembered; no exchange lists more. */
const SYMBOLS_MAX = 50_000;
const SYMBOL_LENGTH_MAX = 64;

export interface SymbolColumn {
  readonly column: number;
  /** Only lines of this symbol are wanted; null wants all. */
  readonly only: string | null;
  readonly find: (symbol: string) => Promise<LineInstrument | null>;
}

/** All lines belong to one instrument. */
export function oneInstrument(instrument: LineInstrument): LineInstruments {
  return { of: () => instrument, load: async () => instrument };
}

/** Each line names its symbol. Every symbol is looked up once. */
export function instrumentsBySymbol({ column, only, find }: SymbolColumn): LineInstruments {
  const known = new Map<string, LineInstrument | Fault>();
  const symbolOf = (fields: readonly string[]): string => (fields[column] ?? '').trim();
  return {
    of(fields) {
      const symbol = symbolOf(fields);
      return only !== null && symbol !== only ? 'skip' : known.get(symbol);
    },
    async load(fields) {
      const symbol = symbolOf(fields);
      if (symbol === '') return fault('missing_value', 'symbol');
      if (symbol.length > SYMBOL_LENGTH_MAX) return fault('unknown_symbol', symbol);
      if (known.size >= SYMBOLS_MAX)
        throw new CodedError('TOO_MANY_SYMBOLS', `the file names more than ${SYMBOLS_MAX} symbols: is the symbol column right?`);
      const found = (await find(symbol)) ?? fault('unknown_symbol', symbol);
      known.set(ownCopy(symbol), found);
      return found;
    },
  };
}
