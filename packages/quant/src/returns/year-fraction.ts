import { assertNever, daysBetween, daysInMonth, isLeapYear, localDate, yearMonthDay } from '@trii/kernel';
import type { LocalDate } from '@trii/kernel';

/**
 * act/365f: actual days / 365. act/365.25 and act/360 likewise. act/act-isda: days in leap years / 366 plus the others / 365.
 * 30e/360: every month has 30 days, day 31 becomes 30 (Eurobond). 30/360: the same by the US rule (a second 31 stays after an
 * earlier start day; the end of February counts as 30).
 */
export type DayCount = 'act/365f' | 'act/365.25' | 'act/360' | 'act/act-isda' | '30e/360' | '30/360';

/**
 * Years from one date to the other (negative when `to` is earlier). Source: ISDA 2006 Definitions, section 4.16.
 */
export function yearFraction(from: LocalDate, to: LocalDate, dayCount: DayCount = 'act/365f'): number {
  switch (dayCount) {
    case 'act/365f':
      return daysBetween(from, to) / 365;
    case 'act/365.25':
      return daysBetween(from, to) / 365.25;
    case 'act/360':
      return daysBetween(from, to) / 360;
    case 'act/act-isda':
      return from <= to ? actualActual(from, to) : -actualActual(to, from);
    case '30e/360':
      return thirtyDayMonths(from, to, (start, end) => [Math.min(start, 30), Math.min(end, 30)]);
    case '30/360':
      return thirtyDayMonths(from, to, (start, end) => {
        const startDay = isEndOfFebruary(from) ? 30 : Math.min(start, 30);
        if (isEndOfFebruary(from) && isEndOfFebruary(to)) return [30, 30];
        return [startDay, end === 31 && startDay === 30 ? 30 : end];
      });
    default:
      return assertNever(dayCount);
  }
}

function actualActual(from: LocalDate, to: LocalDate): number {
  const [first, last] = [yearMonthDay(from).year, yearMonthDay(to).year];
  if (first === last) return daysBetween(from, to) / daysInYear(first);
  const head = daysBetween(from, localDate(first + 1, 1, 1)) / daysInYear(first);
  const tail = daysBetween(localDate(last, 1, 1), to) / daysInYear(last);
  return head + (last - first - 1) + tail;
}

function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365;
}

function isEndOfFebruary(date: LocalDate): boolean {
  const { year, month, day } = yearMonthDay(date);
  return month === 2 && day === daysInMonth(year, 2);
}

function thirtyDayMonths(from: LocalDate, to: LocalDate, adjust: (start: number, end: number) => readonly [number, number]): number {
  const start = yearMonthDay(from);
  const end = yearMonthDay(to);
  const [startDay, endDay] = adjust(start.day, end.day);
  return ((end.year - start.year) * 360 + (end.month - start.month) * 30 + endDay - startDay) / 360;
}
