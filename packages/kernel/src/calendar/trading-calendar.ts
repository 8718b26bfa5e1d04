import { CodedError, InvariantError } from '../errors.ts';
import { compareLocalDates, fromEpochDay, parseLocalDate, toEpochDay, weekdayOfEpochDay, yearOf, epochDayOf } from '../local-date.ts';
import type { LocalDate } from '../local-date.ts';
import { MS_PER_DAY, zonedTimeToEpochMs } from '../time-zone.ts';

/** On which civil dates an exchange trades and when each session ends. A daily bar belongs to one of these dates. */
export interface TradingCalendar {
  /** The exchange's ISO 10383 market identifier code, or '24/7'. */
  readonly code: string;
  /** The zone whose wall calendar names the sessions. */
  readonly timeZone: string;
  /** The dates the calendar is right for; every method throws CodedError DATE_OUTSIDE_CALENDAR beyond them. */
  readonly firstDate: LocalDate;
  readonly lastDate: LocalDate;
  isSession(date: LocalDate): boolean;
  /** All sessions from one date to the other, both included, in order; none when `from` is later. */
  sessions(from: LocalDate, to: LocalDate): LocalDate[];
  /** The first session after the date, never the date itself. */
  nextSession(date: LocalDate): LocalDate;
  /** The last session before the date, never the date itself. */
  previousSession(date: LocalDate): LocalDate;
  /** The instant at which the session of that date ends, half days included. Throws CodedError NOT_A_SESSION for a closed day. */
  sessionClose(date: LocalDate): Date;
}

/** What tells one exchange from another. Days are days since 1970-01-01, times are minutes since midnight. */
export interface CalendarRules {
  readonly code: string;
  readonly timeZone: string;
  readonly firstDate: LocalDate;
  readonly lastDate: LocalDate;
  readonly tradesOnWeekends: boolean;
  /** The clock by which sessions end; not every exchange goes by its own. */
  readonly closeTimeZone: string;
  readonly closeMinute: number;
  closures(year: number): Iterable<number>;
  earlyCloses(year: number): Iterable<readonly [epochDay: number, closeMinute: number]>;
}

/** Sessions of one year, in order, with the minute each ends. */
type SessionYear = ReadonlyMap<LocalDate, number>;

/** Longer than any closure in any of our calendars (four days of September 2001 and a weekend). */
const CLOSED_DAYS_MAX = 31;

export function calendarOf(rules: CalendarRules): TradingCalendar {
  const years = new Map<number, SessionYear>();

  function yearOfDate(date: LocalDate): SessionYear {
    if (date < rules.firstDate || date > rules.lastDate) throw outside(rules, date);
    const year = yearOf(date);
    const known = years.get(year);
    if (known !== undefined) return known;
    const computed = sessionYear(rules, year);
    years.set(year, computed);
    return computed;
  }

  const isSession = (date: LocalDate): boolean => yearOfDate(parseLocalDate(date)).has(date);

  function step(date: LocalDate, direction: 1 | -1): LocalDate {
    const start = toEpochDay(parseLocalDate(date));
    for (let distance = 1; distance <= CLOSED_DAYS_MAX; distance++) {
      const candidate = fromEpochDay(start + direction * distance);
      if (isSession(candidate)) return candidate;
    }
    throw new InvariantError(`${rules.code} has no session within ${CLOSED_DAYS_MAX} days of ${date}`);
  }

  function sessions(from: LocalDate, to: LocalDate): LocalDate[] {
    if (compareLocalDates(parseLocalDate(from), parseLocalDate(to)) > 0) return [];
    yearOfDate(from);
    yearOfDate(to);
    const found: LocalDate[] = [];
    for (let year = yearOf(from); year <= yearOf(to); year++) {
      // The first day of a year may lie before the calendar's first date: ask for the year by a date inside.
      const inside = year === yearOf(from) ? from : (`${String(year).padStart(4, '0')}-01-01` as LocalDate);
      for (const date of yearOfDate(inside).keys()) if (date >= from && date <= to) found.push(date);
    }
    return found;
  }

  function sessionClose(date: LocalDate): Date {
    const minute = yearOfDate(parseLocalDate(date)).get(date);
    if (minute === undefined) {
      throw new CodedError('NOT_A_SESSION', `${rules.code} is closed on ${date}`, { details: { calendar: rules.code, date } });
    }
    return new Date(zonedTimeToEpochMs(toEpochDay(date) * MS_PER_DAY + minute * 60_000, rules.closeTimeZone));
  }

  const { code, timeZone, firstDate, lastDate } = rules;
  const nextSession = (date: LocalDate): LocalDate => step(date, 1);
  const previousSession = (date: LocalDate): LocalDate => step(date, -1);
  return { code, timeZone, firstDate, lastDate, isSession, sessions, nextSession, previousSession, sessionClose };
}

function sessionYear(rules: CalendarRules, year: number): SessionYear {
  const closed = new Set(rules.closures(year));
  const early = new Map(rules.earlyCloses(year));
  const result = new Map<LocalDate, number>();
  const end = epochDayOf(year + 1, 1, 1);
  for (let day = epochDayOf(year, 1, 1); day < end; day++) {
    if (closed.has(day) || (!rules.tradesOnWeekends && weekdayOfEpochDay(day) > 5)) continue;
    result.set(fromEpochDay(day), early.get(day) ?? rules.closeMinute);
  }
  return result;
}

function outside(rules: CalendarRules, date: LocalDate): CodedError {
  return new CodedError('DATE_OUTSIDE_CALENDAR', `the calendar ${rules.code} runs from ${rules.firstDate} to ${rules.lastDate}`, {
    details: { calendar: rules.code, date, firstDate: rules.firstDate, lastDate: rules.lastDate },
  });
}
