import { CodedError, isCalendarCode, tradingCalendar } from '@trii/kernel';
import type { Clock } from '@trii/kernel';
import { barChunks, instrumentsBySymbol, oneInstrument } from './bar-chunks.ts';
import type { LineInstruments, ReadChunk } from './bar-chunks.ts';
import { copyLines } from './copy-bar-store.ts';
import { resolveColumns } from './bar-columns.ts';
import type { BarColumns, ColumnRole } from './bar-columns.ts';
import { dateReader } from './bar-dates.ts';
import { periodRule } from './bar-periods.ts';
import { isIntraday, seriesOf } from './bar.ts';

import type { BarSeries, Resolution } from './bar.ts';
import type { DateFormat } from './date-formats.ts';
import type { BarFile, FindInstrument, ListedInstrument, RawRow, RejectSink } from './ports.ts';
import { barReader } from './read-bar.ts';
import type { LineInstrument } from './read-bar.ts';
import { partOf } from './series-days.ts';

/** What the person who imports says about the file; all but the resolution may be left to the file itself. */
export interface ImportRequest {
  readonly resolution: Resolution;
  /** Name of the file, kept with every bar. */
  readonly source: string;
  /** The instrument of all lines; in a file with a symbol column, the only one wanted. */
  readonly symbol: string | undefined;
  readonly mapping: Readonly<Partial<Record<ColumnRole, string>>>;
  readonly timeZone: string | undefined;
  readonly dateFormat: DateFormat | undefined;
  readonly decimalComma: boolean;
}

export interface ImportParts {
  readonly file: BarFile;
  readonly find: FindInstrument;
  readonly rejects: RejectSink;
  readonly clock: Clock;
  /** Intraday bars before it are refused: {@link droppedBefore}. */
  readonly droppedBeforeMs?: number;
  /** Bars to a transaction. */
  readonly chunkRows?: number;
}

/** A file understood and ready to be written, before the first bar is. */
export interface BarImport {
  readonly request: ImportRequest;
  readonly series: BarSeries;
  readonly columns: BarColumns;
  readonly rejects: RejectSink;
  readonly chunks: AsyncGenerator<ReadChunk, void, void>;
}

const CHUNK_ROWS_DEFAULT = 50_000;
/** Lines from which the date format is told. */
const SAMPLE_ROWS = 5_000;

/**
 * Understands the head of a bar file: its columns, its dates and whose bars it holds. Nothing is written and no line is judged yet.
 * @throws CodedError SYMBOL_REQUIRED, UNKNOWN_SYMBOL, and those of {@link resolveColumns} and {@link dateReader}
 */
export async function openBarImport(request: ImportRequest, parts: ImportParts): Promise<BarImport> {
  const { file, rejects, clock, chunkRows = CHUNK_ROWS_DEFAULT } = parts;
  const { resolution } = request;
  const columns = resolveColumns({ header: file.header, mapping: request.mapping, resolution });
  const instruments = await lineInstruments(request, columns, parts.find);
  const { head, batches } = await sampled(file.batches);
  const series = seriesOf(resolution);
  const readDate = dateReader({
    sample: head.map((row) => (row.fields[columns.date] ?? '').trim()).filter((cell) => cell !== ''),
    format: request.dateFormat,
    timeZone: request.timeZone,
    granularity: isIntraday(resolution) ? 'minute' : resolution === '1mo' ? 'month' : 'day',
  });
  const periodOf = periodRule(resolution, clock.now().getTime(), parts.droppedBeforeMs);
  const readBar = barReader({ columns, series, decimalComma: request.decimalComma, readDate, periodOf });
  const lineOf = copyLines(series, request.source);
  return {
    request,
    series,
    columns,
    rejects,
    chunks: barChunks({ batches, readBar, instruments, lineOf, partOf: partOf(series), rejects, chunkRows }),
  };
}

async function lineInstruments(request: ImportRequest, columns: BarColumns, find: FindInstrument): Promise<LineInstruments> {
  const { symbol } = request;
  const wanted = symbol === undefined ? null : await find(symbol);
  if (symbol !== undefined && wanted === null) throw unknownSymbol(symbol);
  if (columns.symbol !== null) {
    const findInLine = async (name: string): Promise<LineInstrument | null> => {
      const found = await find(name);
      return found === null ? null : withCalendar(found);
    };
    return instrumentsBySymbol({ column: columns.symbol, only: symbol ?? null, find: findInLine });
  }
  if (wanted !== null) return oneInstrument(withCalendar(wanted));
  throw new CodedError(
    'SYMBOL_REQUIRED',
    'the file has no column with symbols: say whose bars it holds with --symbol, or name the column with --symbol-column',
  );
}

function unknownSymbol(symbol: string): CodedError {
  return new CodedError(
    'UNKNOWN_SYMBOL',
    `no instrument "${symbol.slice(0, 64)}" is listed; list it first: trii instrument add SYMBOL --name NAME (operation market.listInstrument)`,
    { details: { symbol } },
  );
}

function withCalendar({ id, exchangeCode }: ListedInstrument): LineInstrument {
  return { id, calendar: isCalendarCode(exchangeCode) ? tradingCalendar(exchangeCode) : null };
}

/** Reads ahead as far as the sample needs; the batches then start from the top again. */
async function sampled(source: AsyncIterable<readonly RawRow[]>) {
  const iterator = source[Symbol.asyncIterator]();
  const ahead: Array<readonly RawRow[]> = [];
  let rows = 0;
  while (rows < SAMPLE_ROWS) {
    const next = await iterator.next();
    if (next.done === true) break;
    ahead.push(next.value);
    rows += next.value.length;
  }
  return { head: ahead.flat(), batches: replayed(ahead, iterator) };
}

async function* replayed(ahead: ReadonlyArray<readonly RawRow[]>, rest: AsyncIterator<readonly RawRow[]>) {
  yield* ahead;
  yield* { [Symbol.asyncIterator]: () => rest };
}
