import type { BulkTransaction } from '../platform/index.ts';
import type { Bar } from './bar.ts';

/** The periods of one instrument in a chunk, from the first to the last. */
export interface PeriodRange {
  readonly instrumentId: string;
  first: number;
  last: number;
}

/** A bar on its way to the stage; `position` tells a repeat from a bar to write. */
export interface StagedBar {
  readonly bar: Bar;
  readonly position: number | null;
}

export interface Change {
  readonly inserted: number;
  readonly corrected: number;
}

export const NO_CHANGE: Change = { inserted: 0, corrected: 0 };

/**
 * The SQL of one series, each statement a literal of its own. Temporary tables: staged_bars holds what came, changed_bars what of
 * it differs from what is stored, remembered_bars (dry run only) what came in earlier chunks.
 * In the look-ups LIMIT 1 keeps each an index scan of one partition: joined freely, the planner, which knows nothing of the stage,
 * may scan the history.
 */
export interface SeriesTable {
  /** COPY straight into the table. */
  readonly copyStatement: string;
  copyLine(bar: Bar, source: string): string;
  readonly stageStatement: string;
  stageLine(staged: StagedBar, source: string): string;
  makeStage(transaction: BulkTransaction): Promise<void>;
  /** Those of the instruments that have a stored bar within their range. */
  touched(transaction: BulkTransaction, ranges: readonly PeriodRange[]): Promise<readonly string[]>;
  /** Puts the staged bars, or repeats, that are new or differ from the stored ones into changed_bars. */
  findChanges(transaction: BulkTransaction, which: 'bars' | 'repeats'): Promise<Change>;
  writeChanges(transaction: BulkTransaction): Promise<void>;
  makeMemory(transaction: BulkTransaction): Promise<void>;
  remember(transaction: BulkTransaction): Promise<void>;
  /** As findChanges for repeats, against remembered_bars. */
  findConflictsInMemory(transaction: BulkTransaction): Promise<void>;
}
