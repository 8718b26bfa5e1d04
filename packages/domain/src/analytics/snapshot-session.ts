import { tradingCalendar, type Clock, type LocalDate } from '@trii/kernel';
import { valuationDate, type Sql } from '../platform/index.ts';

/** Every portfolio has one snapshot per session of the New York Stock Exchange, whatever it holds. */
export const snapshotCalendar = tradingCalendar('XNYS');
/** Closing prices arrive after the close; a snapshot made before them would be stale for good. */
const SETTLE_MS = 2 * 60 * 60 * 1000;

/** The newest session that should have a snapshot; undefined before the calendar begins. */
export async function snapshotSession(sql: Sql, clock: Clock): Promise<LocalDate | undefined> {
  return lastSettledSession(await valuationDate(sql, clock), clock);
}

/** The last session on or before the date whose close lies two hours behind by the clock. */
export function lastSettledSession(date: LocalDate, clock: Clock): LocalDate | undefined {
  const { firstDate, timeZone, isSession, nextSession, previousSession, sessionClose } = snapshotCalendar;
  const first = nextSession(firstDate);
  const today = clock.today(timeZone);
  const latest = date < today ? date : today;
  if (latest < first) return undefined;
  const session = isSession(latest) ? latest : previousSession(latest);
  const isSettled = sessionClose(session).getTime() + SETTLE_MS <= clock.now().getTime();
  if (isSettled) return session;
  return session > first ? previousSession(session) : undefined;
}

export interface SnapshotState {
  readonly openedOn: LocalDate;
  /** The earliest date whose ledger changed since the snapshots were written. */
  readonly dirtyFrom: LocalDate | null;
  readonly newest: LocalDate | null;
  readonly through: LocalDate;
}

/** The sessions whose snapshots are missing or outdated, in order. A portfolio opened before the calendar begins has none for those years. */
export function pendingSessions({ openedOn, dirtyFrom, newest, through }: SnapshotState): LocalDate[] {
  const { firstDate, nextSession, sessions } = snapshotCalendar;
  const opened = openedOn > firstDate ? openedOn : firstDate;
  const next = newest === null ? opened : nextSession(newest);
  const outdated = dirtyFrom !== null && dirtyFrom < next ? dirtyFrom : next;
  const from = outdated > opened ? outdated : opened;
  return from > through ? [] : sessions(from, through);
}
