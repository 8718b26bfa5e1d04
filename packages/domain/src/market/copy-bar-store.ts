import { invariant } from '@trii/kernel';
import { errorState } from '../platform/index.ts';
import type { BulkTransaction } from '../platform/index.ts';
import type { Bar, BarSeries } from './bar.ts';
import { dailyBarsTable } from './daily-bars-table.ts';
import { marketDataTable } from './market-data-table.ts';
import type { BarChunk, BarStore, WrittenBars } from './ports.ts';
import { NO_CHANGE } from './series-table.ts';
import type { Change, PeriodRange, SeriesTable, StagedBar } from './series-table.ts';

const TABLES: Readonly<Record<BarSeries, SeriesTable>> = { daily_bars: dailyBarsTable, market_data: marketDataTable };

/** Two imports of one instrument take turns. Many instruments share a lock, so that a chunk of thousands does not fill the lock table. */
const LOCK_BUCKETS = 256;
const UNIQUE_VIOLATION = '23505';
/** Characters handed to COPY at once: large enough to be cheap, small enough for back-pressure. */
const BLOCK_CHARACTERS = 65_536;

/**
 * Writes bars within the chunk's transaction. Instruments with nothing stored in the chunk's range are COPYed straight into the
 * table; the others go by a stage and are compared first, so that an unchanged bar costs a look-up and no write.
 */
export function copyBarStore(transaction: BulkTransaction): BarStore {
  return {
    async write(chunk) {
      const table = TABLES[chunk.series];
      const ranges = periodRanges(chunk.bars);
      await lockInstruments(transaction, [...ranges.keys()]);
      const touched = new Set(await table.touched(transaction, [...ranges.values()]));
      const [fresh, known] = split(chunk.bars, touched);
      const copied = await copyFresh(transaction, table, { ...chunk, bars: fresh });
      const staged = await writeStaged(transaction, table, { ...chunk, bars: copied ? known : chunk.bars });
      return copied ? { ...staged, inserted: staged.inserted + fresh.length } : staged;
    },
  };
}

function split(bars: readonly Bar[], touched: ReadonlySet<string>): readonly [fresh: readonly Bar[], known: readonly Bar[]] {
  if (touched.size === 0) return [bars, []];
  return [bars.filter((bar) => !touched.has(bar.instrumentId)), bars.filter((bar) => touched.has(bar.instrumentId))];
}

function periodRanges(bars: readonly Bar[]): Map<string, PeriodRange> {
  const ranges = new Map<string, PeriodRange>();
  let range: PeriodRange | undefined;
  for (const { instrumentId, period } of bars) {
    if (range?.instrumentId !== instrumentId) range = ranges.get(instrumentId);
    if (range === undefined) {
      range = { instrumentId, first: period, last: period };
      ranges.set(instrumentId, range);
    }
    if (period < range.first) range.first = period;
    if (period > range.last) range.last = period;
  }
  return ranges;
}

/** In one order for every import, so that two cannot wait for each other. */
async function lockInstruments({ sql }: BulkTransaction, instrumentIds: readonly string[]): Promise<void> {
  const buckets = new Set(instrumentIds.map((id) => Number.parseInt(id.slice(-6), 16) % LOCK_BUCKETS));
  const ordered = [...buckets].sort((a, b) => a - b);
  await sql`SELECT pg_advisory_xact_lock(hashtext('market.importBars'), bucket) FROM unnest(${ordered}::int[]) AS bucket`;
}

/** False when somebody else has just written one of the bars (a feed takes no lock of ours): nothing was copied then. */
async function copyFresh(transaction: BulkTransaction, table: SeriesTable, { bars, source }: BarChunk): Promise<boolean> {
  if (bars.length === 0) return true;
  await transaction.sql`SAVEPOINT fresh_bars`;
  try {
    const copied = await transaction.copyFrom(
      table.copyStatement,
      blocks(bars, (bar) => table.copyLine(bar, source)),
    );
    invariant(copied === bars.length, 'COPY took every bar');
    return true;
  } catch (error) {
    if (errorState(error) !== UNIQUE_VIOLATION) throw error;
    await transaction.sql`ROLLBACK TO SAVEPOINT fresh_bars`;
    return false;
  }
}

async function writeStaged(transaction: BulkTransaction, table: SeriesTable, chunk: BarChunk): Promise<WrittenBars> {
  const { bars, repeats } = chunk;
  if (bars.length + repeats.length === 0) return { ...NO_CHANGE, unchanged: 0, conflicts: [] };
  await table.makeStage(transaction);
  await fillStage(transaction, table, chunk);
  const change = bars.length > 0 ? await table.findChanges(transaction, 'bars') : NO_CHANGE;
  if (change.inserted + change.corrected > 0) await table.writeChanges(transaction);
  // After the bars: the first of two may stand in this very chunk.
  if (repeats.length > 0) await table.findChanges(transaction, 'repeats');
  return counted(chunk, change, await conflicts(transaction, chunk));
}

function counted({ bars, repeats }: BarChunk, change: Change, conflicting: readonly number[]): WrittenBars {
  const { inserted, corrected } = change;
  const unchanged = bars.length - inserted - corrected + repeats.length - conflicting.length;
  return { inserted, corrected, unchanged, conflicts: conflicting };
}

async function conflicts({ sql }: BulkTransaction, { repeats }: BarChunk): Promise<number[]> {
  if (repeats.length === 0) return [];
  const rows = await sql<{ position: number }>`SELECT position FROM changed_bars WHERE position IS NOT NULL ORDER BY position`;
  return rows.map((row) => row.position);
}

async function fillStage(transaction: BulkTransaction, table: SeriesTable, { bars, repeats, source }: BarChunk): Promise<void> {
  await transaction.copyFrom(
    table.stageStatement,
    blocks(stagedBars(bars, repeats), (staged) => table.stageLine(staged, source)),
  );
}

function* stagedBars(bars: readonly Bar[], repeats: readonly Bar[]): Generator<StagedBar> {
  for (const bar of bars) yield { bar, position: null };
  for (const [position, bar] of repeats.entries()) yield { bar, position };
}

function* blocks<T>(items: Iterable<T>, line: (item: T) => string): Generator<string> {
  let block = '';
  for (const item of items) {
    block += line(item);
    if (block.length < BLOCK_CHARACTERS) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

/**
 * Counts what {@link copyBarStore} would write and writes only temporary tables, so that it blocks nobody. All chunks share one
 * transaction, which remembers the bars of earlier chunks: a repeat is compared with what would have been stored.
 */
export async function dryRunStore(transaction: BulkTransaction, series: BarSeries): Promise<BarStore> {
  const table = TABLES[series];
  await table.makeStage(transaction);
  await table.makeMemory(transaction);
  return {
    async write(chunk) {
      await fillStage(transaction, table, chunk);
      const change = await table.findChanges(transaction, 'bars');
      await table.remember(transaction);
      await table.findConflictsInMemory(transaction);
      const written = counted(chunk, change, await conflicts(transaction, chunk));
      await transaction.sql`TRUNCATE staged_bars, changed_bars`;
      return written;
    },
  };
}
