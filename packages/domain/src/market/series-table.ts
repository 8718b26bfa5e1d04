import type { BulkTransaction } from '../platform/index.ts';
import type { PeriodRange } from './bar-text.ts';
import type { LocalDate } from '@trii/kernel';
import type { Bar } from './bar.ts';
import type { ChangedFrom } from './ports.ts';

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
  /** COPY statements for lines of the same text: straight into the table, into the stage, and with the position of a repeat. */
  readonly copyStatement: string;
  readonly stageStatement: string;
  readonly stageRepeatsStatement: string;
  /** The text of a bar, without the line break. */
  copyText(bar: Bar, source: string): string;
  makeStage(transaction: BulkTransaction): Promise<void>;
  /** Whether any of the instruments has a stored bar within its range. */
  isTouched(transaction: BulkTransaction, ranges: readonly PeriodRange[]): Promise<boolean>;
  /** Puts the staged bars, or repeats, that are new or differ from the stored ones into changed_bars. */
  findChanges(transaction: BulkTransaction, which: 'bars' | 'repeats'): Promise<Change>;
  /** From which day on each instrument's stored bars are about to change; a day too early does no harm. */
  changedFrom(transaction: BulkTransaction): Promise<ChangedFrom[]>;
  /** That day for a bar of this period. */
  dayOf(period: number): LocalDate;
  writeChanges(transaction: BulkTransaction): Promise<void>;
  makeMemory(transaction: BulkTransaction): Promise<void>;
  remember(transaction: BulkTransaction): Promise<void>;
  /** As findChanges for repeats, against remembered_bars. */
  findConflictsInMemory(transaction: BulkTransaction): Promise<void>;
}
