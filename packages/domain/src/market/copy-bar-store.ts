import { invariant } from '@trii/kernel';
import { errorState } from '../platform/index.ts';
import type { BulkTransaction } from '../platform/index.ts';
import type { Bar, BarSeries } from './bar.ts';
import { BarText } from './bar-text.ts';
import type { PeriodRange } from './bar-text.ts';
import { copyEscaped } from './copy-text.ts';
import { dailyBarsTable } from './daily-bars-table.ts';
import { marketDataTable } from './market-data-table.ts';
import type { BarChunk, BarStore, WrittenBars } from './ports.ts';
import { NO_CHANGE } from './series-table.ts';
import type { Change, SeriesTable } from './series-table.ts';

const TABLES: Readonly<Record<BarSeries, SeriesTable>> = { daily_bars: dailyBarsTable, market_data: marketDataTable };

/** Two imports of one instrument take turns. Many instruments share a lock, so that a chunk of thousands does not fill the lock table. */
const LOCK_BUCKETS = 256;
const UNIQUE_VIOLATION = '23505';

/** A bar as a line of COPY's text for its series. */
export function copyLines(series: BarSeries, source: string): (bar: Bar) => string {
  const table = TABLES[series];
  const escaped = copyEscaped(source);
  return (bar) => `${table.copyText(bar, escaped)}\n`;
}

/**
 * Writes bars within the chunk's transaction. A chunk with nothing stored in its ranges is COPYed straight into the table; any
 * other goes by a stage and is compared first, so that an unchanged bar costs a look-up and no write.
 * `onSent` is called when COPY has all bars of the chunk and the server is busy with them: the time to read on. Reading sooner
 * delays every round trip before COPY by what is read, and cost a third of the throughput.
 */
export function copyBarStore(transaction: BulkTransaction, onSent: () => void = () => undefined): BarStore {
  return {
    async write(chunk) {
      const table = TABLES[chunk.series];
      const { ranges, count } = chunk.bars;
      const writing = { transaction, table, chunk, onSent };
      await lockInstruments(transaction, ranges);
      const isFresh = count > 0 && !(await table.isTouched(transaction, ranges)) && (await copyFresh(writing));
      if (!isFresh) return writeStaged(writing);
      const repeats = await writeStaged({ ...writing, chunk: { ...chunk, bars: NO_BARS } });
      const changedFrom = ranges.map(({ instrumentId, first }) => ({ instrumentId, date: table.dayOf(first) }));
      return { ...repeats, inserted: count, changedFrom };
    },
  };
}

const NO_BARS = new BarText(() => '');

interface Writing {
  readonly transaction: BulkTransaction;
  readonly table: SeriesTable;
  readonly chunk: BarChunk;
  readonly onSent: () => void;
}

/** In one order for every import, so that two cannot wait for each other. */
async function lockInstruments({ sql }: BulkTransaction, ranges: readonly PeriodRange[]): Promise<void> {
  const buckets = new Set(ranges.map(({ instrumentId }) => Number.parseInt(instrumentId.slice(-6), 16) % LOCK_BUCKETS));
  const ordered = [...buckets].toSorted((a, b) => a - b);
  await sql`SELECT pg_advisory_xact_lock(hashtext('market.importBars'), bucket) FROM unnest(${ordered}::int[]) AS bucket`;
}

/** False when somebody else has just written one of the bars (a feed takes no lock of ours): nothing was copied then. */
async function copyFresh({ transaction, table, chunk: { bars }, onSent }: Writing): Promise<boolean> {
  await transaction.sql`SAVEPOINT fresh_bars`;
  try {
    const copied = await transaction.copyFrom(table.copyStatement, sent(bars.blocks, onSent));
    invariant(copied === bars.count, 'COPY took every bar');
    return true;
  } catch (error) {
    if (errorState(error) !== UNIQUE_VIOLATION) throw error;
    await transaction.sql`ROLLBACK TO SAVEPOINT fresh_bars`;
    return false;
  }
}

function* sent(blocks: readonly string[], onSent: () => void): Generator<string> {
  yield* blocks;
  onSent();
}

async function writeStaged({ transaction, table, chunk, onSent }: Writing): Promise<WrittenBars> {
  const { bars, repeats } = chunk;
  if (bars.count + repeats.length === 0) return { ...NO_CHANGE, unchanged: 0, conflicts: [], changedFrom: [] };
  await table.makeStage(transaction);
  await fillStage({ transaction, table, chunk, onSent });
  const change = bars.count > 0 ? await table.findChanges(transaction, 'bars') : NO_CHANGE;
  const isChanged = change.inserted + change.corrected > 0;
  const changedFrom = isChanged ? await table.changedFrom(transaction) : [];
  if (isChanged) await table.writeChanges(transaction);
  // After the bars: the first of two may stand in this very chunk.
  if (repeats.length > 0) await table.findChanges(transaction, 'repeats');
  return { ...counted(chunk, change, await conflicts(transaction, chunk)), changedFrom };
}

function counted({ bars, repeats }: BarChunk, change: Change, conflicting: readonly number[]): Omit<WrittenBars, 'changedFrom'> {
  const { inserted, corrected } = change;
  const unchanged = bars.count - inserted - corrected + repeats.length - conflicting.length;
  return { inserted, corrected, unchanged, conflicts: conflicting };
}

async function conflicts({ sql }: BulkTransaction, { repeats }: BarChunk): Promise<number[]> {
  if (repeats.length === 0) return [];
  const rows = await sql<{ position: number }>`SELECT position FROM changed_bars WHERE position IS NOT NULL ORDER BY position`;
  return rows.map((row) => row.position);
}

async function fillStage({ transaction, table, chunk, onSent }: Writing): Promise<void> {
  const { bars, repeats, source } = chunk;
  if (bars.count > 0) await transaction.copyFrom(table.stageStatement, sent(bars.blocks, onSent));
  if (repeats.length === 0) return;
  const escaped = copyEscaped(source);
  const lines = repeats.map((bar, position) => `${table.copyText(bar, escaped)}\t${position}\n`);
  await transaction.copyFrom(table.stageRepeatsStatement, lines);
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
      await fillStage({ transaction, table, chunk, onSent: () => undefined });
      const change = await table.findChanges(transaction, 'bars');
      await table.remember(transaction);
      if (chunk.repeats.length > 0) await table.findConflictsInMemory(transaction);
      const written = { ...counted(chunk, change, await conflicts(transaction, chunk)), changedFrom: [] };
      await transaction.sql`TRUNCATE staged_bars, changed_bars`;
      return written;
    },
  };
}
