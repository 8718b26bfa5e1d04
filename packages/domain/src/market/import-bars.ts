import { market } from '@trii/contract';
import { CodedError, invariant, newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import type { BatchHandler, BulkTransaction, ChunkContext } from '../platform/index.ts';
import type { ReadChunk } from './bar-chunks.ts';
import type { BarImport } from './bar-import.ts';
import { copyBarStore, dryRunStore } from './copy-bar-store.ts';
import type { BarStore, ChangedFrom } from './ports.ts';
import { fault } from './reject-reasons.ts';
import { prepareDays } from './series-days.ts';

/** What became of the lines of a file. read = inserted + corrected + unchanged + rejected; skipped lines were not read. */
export interface ImportCounts {
  readonly read: number;
  readonly inserted: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Lines of other symbols than the one asked for. */
  readonly skipped: number;
}

export const NO_LINES: ImportCounts = { read: 0, inserted: 0, corrected: 0, unchanged: 0, rejected: 0, skipped: 0 };

/** Well under the idle limit of a worker's transaction: a pipe that stalls must not cost the import. */
const WAIT_MS = 15_000;

export interface ImportWatch {
  /** Totals so far, once their chunk is written. */
  readonly onChunk?: (counts: ImportCounts) => void;
}

/**
 * The batch `market.importBars` over one opened file. Each chunk is a transaction of its own, so a run that was killed leaves
 * whole chunks; running the file again finds them unchanged and goes on. The next chunk is read while COPY
 * takes this one.
 */
export function importBarsHandler(opened: BarImport): BatchHandler<typeof market.importBars> {
  let coming: Promise<IteratorResult<ReadChunk, void>> | undefined;
  let unprepared: number[] | undefined;
  const readAhead = () => {
    coming ??= opened.chunks.next();
    // It may fail before anyone waits for it; whoever then does gets the failure.
    coming.catch(() => undefined);
    return coming;
  };
  return handler(market.importBars, {
    // A key of its own for every run: a finished import may be run again.
    progress: () => ({ shard: opened.request.symbol ?? '*', runKey: newId() }),
    async chunk(context, _input, cursor) {
      const next = await within(readAhead(), WAIT_MS);
      if (next === undefined) return { cursor: cursor ?? { line: 0 }, counts: {}, rows: 0 };
      invariant(next.done !== true, 'the last chunk says that it is');
      const chunk = next.value;
      unprepared ??= opened.series === 'market_data' ? [...chunk.bars.parts] : [];
      const made = await prepareDays(context.sql, unprepared);
      // In a transaction of its own: who makes a partition keeps readers of the DEFAULT one out until it commits.
      if (made > 0 || unprepared.length > 0) return { cursor: cursor ?? { line: 0 }, counts: {}, rows: 0 };
      coming = undefined;
      unprepared = undefined;
      // Nobody waits for the disk between chunks: the last commit makes all before it durable too, and a lost tail is imported again.
      if (!chunk.isLast) await context.sql`SET LOCAL synchronous_commit = off`;
      const { counts, changedFrom } = await writeChunk(
        opened,
        chunk,
        copyBarStore(context, () => void readAhead()),
      );
      announce(context, changedFrom);
      return { cursor: chunk.isLast ? null : { line: chunk.lastLine }, counts: { ...counts }, rows: counts.inserted + counts.corrected };
    },
    finish: (counts) => {
      const { read, inserted, corrected, unchanged, rejected } = { ...NO_LINES, ...counts };
      return { read, inserted, corrected, unchanged, rejected };
    },
  });
}

/** What the promise gives, or undefined when it takes longer; it may be asked again. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Counts what an import would do. Only temporary tables are written, which end with the transaction. */
export async function dryRunImport(opened: BarImport, transaction: BulkTransaction, watch: ImportWatch = {}): Promise<ImportCounts> {
  const store = await dryRunStore(transaction, opened.series);
  let total = NO_LINES;
  for (;;) {
    const coming = opened.chunks.next();
    let next = await within(coming, WAIT_MS);
    for (; next === undefined; next = await within(coming, WAIT_MS)) await transaction.sql`SELECT 1`;
    if (next.done === true) return total;
    total = sum(total, (await writeChunk(opened, next.value, store)).counts);
    watch.onChunk?.(total);
  }
}

/** Instruments to an event: its payload stays small. */
const CHANGES_PER_EVENT = 500;

/** Whoever computed from the bars before hears from which day on to do it again. */
function announce({ emit }: Pick<ChunkContext, 'emit'>, changedFrom: readonly ChangedFrom[]): void {
  for (let start = 0; start < changedFrom.length; start += CHANGES_PER_EVENT) {
    const importId = newId();
    const changes = changedFrom.slice(start, start + CHANGES_PER_EVENT).map(({ instrumentId, date }) => ({ instrumentId, from: date }));
    emit(market.BarsImported, { aggregateId: importId, payload: { importId, changes } });
  }
}

interface WrittenChunk {
  readonly counts: ImportCounts;
  readonly changedFrom: readonly ChangedFrom[];
}

async function writeChunk(opened: BarImport, chunk: ReadChunk, store: BarStore): Promise<WrittenChunk> {
  const { read, skipped, bars, repeats } = chunk;
  const written = await store.write({ series: opened.series, source: opened.request.source, bars, repeats: repeats.map(({ bar }) => bar) });
  for (const position of written.conflicts) {
    const row = repeats[position]?.row;
    invariant(row !== undefined, 'a conflict is one of the repeats');
    opened.rejects.add({ ...fault('conflicting_repeat'), line: row.line, raw: row.raw });
  }
  const { inserted, corrected, unchanged, conflicts, changedFrom } = written;
  return { counts: { read, skipped, inserted, corrected, unchanged, rejected: chunk.rejected + conflicts.length }, changedFrom };
}

function sum(a: ImportCounts, b: ImportCounts): ImportCounts {
  return {
    read: a.read + b.read,
    inserted: a.inserted + b.inserted,
    corrected: a.corrected + b.corrected,
    unchanged: a.unchanged + b.unchanged,
    rejected: a.rejected + b.rejected,
    skipped: a.skipped + b.skipped,
  };
}

/** @throws CodedError SYMBOL_NOT_IN_FILE when the file has lines, but none of the symbol asked for */
export function assertSymbolFound(counts: ImportCounts, { request }: BarImport): void {
  if (counts.read > 0 || counts.skipped === 0) return;
  throw new CodedError(
    'SYMBOL_NOT_IN_FILE',
    `none of the ${counts.skipped} lines is of symbol "${request.symbol ?? ''}": leave --symbol out to import all, or name another column with --symbol-column`,
    { details: { symbol: request.symbol ?? null, lines: counts.skipped } },
  );
}
