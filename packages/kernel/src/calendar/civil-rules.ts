import { invariant } from '../errors.ts';
import { daysInMonth, epochDayOf, weekdayOfEpochDay } from '../local-date.ts';
import type { Weekday } from '../local-date.ts';

/** Rules by which holidays are set, in days since 1970-01-01. */

/**
 * Easter Sunday of the Gregorian calendar. Anonymous algorithm (Nature, 1876; Meeus, Astronomical Algorithms, chapter 8).
 */
export function easterSunday(year: number): number {
  const a = year % 19;
  const century = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * century + 13) / 25);
  const h = (19 * a + century - Math.floor(century / 4) - g + 15) % 30;
  const l = (32 + 2 * (century % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const monthAndDay = h + l - 7 * m + 114;
  return epochDayOf(year, Math.floor(monthAndDay / 31), (monthAndDay % 31) + 1);
}

/** The nth (from 1) such weekday of a month. */
export function nthWeekday(month: { readonly year: number; readonly month: number }, weekday: Weekday, nth: number): number {
  const first = onOrAfter(epochDayOf(month.year, month.month, 1), weekday);
  const day = first + 7 * (nth - 1);
  invariant(
    nth >= 1 && day < epochDayOf(month.year, month.month, 1) + daysInMonth(month.year, month.month),
    'no such weekday in the month',
  );
  return day;
}

export function lastWeekday(month: { readonly year: number; readonly month: number }, weekday: Weekday): number {
  const last = epochDayOf(month.year, month.month, daysInMonth(month.year, month.month));
  return last - ((weekdayOfEpochDay(last) - weekday + 7) % 7);
}

/** The day itself when it is that weekday, else the next one. */
export function onOrAfter(epochDay: number, weekday: Weekday): number {
  return epochDay + ((weekday - weekdayOfEpochDay(epochDay) + 7) % 7);
}
