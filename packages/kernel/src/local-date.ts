import { CodedError, invariant } from './errors.ts';

/**
 * A date of the civil (proleptic Gregorian) calendar without time or zone, 'YYYY-MM-DD', years 0001 to 9999. Strings of this form
 * sort by time. The type keeps plain strings out: get one from {@link parseLocalDate} or {@link isLocalDate}.
 */
export type LocalDate = `${number}-${number}-${number}`;

/** ISO 8601: Monday is 1, Sunday is 7. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface YearMonthDay {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** 0001-01-01 and 9999-12-31, in days since 1970-01-01. */
const EPOCH_DAY_MIN = -719_162;
const EPOCH_DAY_MAX = 2_932_896;

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2 && isLeapYear(year)) return 29;
  const days = MONTH_DAYS[month - 1];
  invariant(days !== undefined, 'month must be 1 to 12');
  return days;
}

/** Whether a value is an existing date in the form YYYY-MM-DD; 2001-02-29 and 2001-2-9 are not. */
export function isLocalDate(value: unknown): value is LocalDate {
  if (typeof value !== 'string' || value.length !== 10 || value.charCodeAt(4) !== 45 || value.charCodeAt(7) !== 45) return false;
  const year = digits(value, 0, 4);
  const month = digits(value, 5, 7);
  const day = digits(value, 8, 10);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** -1 unless every character is an ASCII digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** @throws CodedError INVALID_DATE unless {@link isLocalDate}. */
export function parseLocalDate(text: string): LocalDate {
  if (isLocalDate(text)) return text;
  throw new CodedError('INVALID_DATE', 'expected an existing date as YYYY-MM-DD', { details: { value: text.slice(0, 40) } });
}

/** The date of year, month (1 to 12) and day. @throws CodedError INVALID_DATE when there is no such day. */
export function localDate(year: number, month: number, day: number): LocalDate {
  return parseLocalDate(`${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`);
}

/** The parts of a date; trusts its argument to be a {@link LocalDate}. */
export function yearMonthDay(date: LocalDate): YearMonthDay {
  return { year: digits(date, 0, 4), month: digits(date, 5, 7), day: digits(date, 8, 10) };
}

export function yearOf(date: LocalDate): number {
  return digits(date, 0, 4);
}

/** Days since 1970-01-01 (negative before). Algorithm days_from_civil: https://howardhinnant.github.io/date_algorithms.html */
export function epochDayOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Days since 1970-01-01. @throws CodedError INVALID_DATE when a string that is no date got past the types. */
export function toEpochDay(date: LocalDate): number {
  const year = digits(date, 0, 4);
  const month = digits(date, 5, 7);
  const day = digits(date, 8, 10);
  if (date.length !== 10 || year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) parseLocalDate(date);
  return epochDayOf(year, month, day);
}

let lastEpochDay = Number.NaN;
let lastDate: LocalDate = '1970-01-01';

/** The date that many days after 1970-01-01. @throws CodedError INVALID_DATE outside the years 0001 to 9999. */
export function fromEpochDay(epochDay: number): LocalDate {
  // Series repeat the same day thousands of times over: remembering one makes ten million conversions cheap.
  if (epochDay === lastEpochDay) return lastDate;
  if (!Number.isInteger(epochDay) || epochDay < EPOCH_DAY_MIN || epochDay > EPOCH_DAY_MAX) {
    throw new CodedError('INVALID_DATE', 'dates run from 0001-01-01 to 9999-12-31', { details: { epochDay } });
  }
  lastDate = formatEpochDay(epochDay);
  lastEpochDay = epochDay;
  return lastDate;
}

/** Algorithm civil_from_days, same source as {@link epochDayOf}. */
function formatEpochDay(epochDay: number): LocalDate {
  const z = epochDay + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${TWO_DIGITS[Math.floor(year / 100)]}${TWO_DIGITS[year % 100]}-${TWO_DIGITS[month]}-${TWO_DIGITS[day]}` as LocalDate;
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return fromEpochDay(toEpochDay(date) + days);
}

/** Keeps the day of the month, or takes the month's last: 2024-01-31 plus one month is 2024-02-29. */
export function addMonths(date: LocalDate, months: number): LocalDate {
  invariant(Number.isInteger(months), 'months must be whole');
  const { year, month, day } = yearMonthDay(date);
  const index = year * 12 + (month - 1) + months;
  const targetYear = Math.floor(index / 12);
  const targetMonth = index - targetYear * 12 + 1;
  return localDate(targetYear, targetMonth, Math.min(day, daysInMonth(targetYear, targetMonth)));
}

/** Whole days from one date to the other; negative when `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return toEpochDay(to) - toEpochDay(from);
}

/** For Array.sort: negative when a is earlier. */
export function compareLocalDates(a: LocalDate, b: LocalDate): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function weekdayOfEpochDay(epochDay: number): Weekday {
  // 1970-01-01 was a Thursday. The double modulo keeps days before it positive.
  return (((((epochDay + 3) % 7) + 7) % 7) + 1) as Weekday;
}

export function weekday(date: LocalDate): Weekday {
  return weekdayOfEpochDay(toEpochDay(date));
}

export function startOfMonth(date: LocalDate): LocalDate {
  return `${date.slice(0, 7)}-01` as LocalDate;
}

export function endOfMonth(date: LocalDate): LocalDate {
  const { year, month } = yearMonthDay(date);
  return localDate(year, month, daysInMonth(year, month));
}

export function startOfYear(date: LocalDate): LocalDate {
  return `${date.slice(0, 4)}-01-01` as LocalDate;
}
