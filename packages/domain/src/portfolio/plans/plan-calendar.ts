import { addDays, addMonths, type LocalDate } from '@trii/kernel';

export interface PlanCalendar {
  readonly every: 'WEEKLY' | 'MONTHLY';
  readonly startsOn: LocalDate;
}

/** A plan of a thousand years. */
const RUNS_MAX = 60_000;

/** The nth run, the first is 0. Counted from the start, so that a plan of the 31st comes back to it after February. */
const runOn = ({ every, startsOn }: PlanCalendar, n: number): LocalDate =>
  every === 'WEEKLY' ? addDays(startsOn, 7 * n) : addMonths(startsOn, n);

/** The first run after that day. */
export function runAfter(calendar: PlanCalendar, day: LocalDate): LocalDate {
  for (let n = 0; n < RUNS_MAX; n += 1) {
    const date = runOn(calendar, n);
    if (date > day) return date;
  }
  throw new RangeError(`no run of the plan within ${RUNS_MAX}`);
}
