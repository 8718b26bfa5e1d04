import { addDays, startOfMonth, tradingCalendar, type Clock, type LocalDate } from '@trii/kernel';
import { valuationDate, type Sql } from '../../platform/index.ts';

/** A month waits this long for the snapshots of its last session; what they say later is a correction of the next month. */
const SNAPSHOT_WAIT_DAYS = 5;

const calendar = tradingCalendar('XNYS');

/** The newest month that ended, by the valuation date. */
export interface MonthDue {
  /** Its last day. */
  readonly through: LocalDate;
  /** Its last session: portfolios whose snapshots do not reach it wait; null when nobody waits any longer. */
  readonly session: LocalDate | null;
}

export async function monthDue({ sql, clock }: { readonly sql: Sql; readonly clock: Clock }): Promise<MonthDue> {
  const today = await valuationDate(sql, clock);
  const through = addDays(startOfMonth(today), -1);
  const waits = today <= addDays(through, SNAPSHOT_WAIT_DAYS) && through > calendar.nextSession(calendar.firstDate);
  return { through, session: waits ? (calendar.isSession(through) ? through : calendar.previousSession(through)) : null };
}
