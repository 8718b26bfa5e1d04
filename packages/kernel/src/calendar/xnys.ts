import { epochDayOf, toEpochDay, weekdayOfEpochDay } from '../local-date.ts';
import type { LocalDate } from '../local-date.ts';
import { easterSunday, lastWeekday, nthWeekday } from './civil-rules.ts';
import type { CalendarRules } from './trading-calendar.ts';

/**
 * New York Stock Exchange. Sources: NYSE Rule 7.2 (holidays and their observance), NYSE "Holidays and Trading Hours"
 * (https://www.nyse.com/markets/hours-calendars, announced to 2028), the exchange's list of special closings
 * (http://www.nyse.com/pdfs/closings.pdf, archived), cross-checked with pandas_market_calendars and with the dates of real S&P 500
 * bars. Years that the exchange has not announced yet follow today's rules.
 */

/** Whole days on which the exchange was closed although no rule says so. */
const SPECIAL_CLOSURES: readonly LocalDate[] = [
  '1994-04-27', // funeral of Richard Nixon
  '2001-09-11', // attack on the World Trade Center, to the 14th
  '2001-09-12',
  '2001-09-13',
  '2001-09-14',
  '2004-06-11', // mourning for Ronald Reagan
  '2007-01-02', // mourning for Gerald Ford
  '2012-10-29', // hurricane Sandy, two days
  '2012-10-30',
  '2018-12-05', // mourning for George H. W. Bush
  '2025-01-09', // mourning for Jimmy Carter
];

const ONE_PM = 13 * 60;
const TWO_PM = 14 * 60;

/** Ends of session that no rule below gives, in minutes since midnight. */
const SPECIAL_CLOSES: ReadonlyArray<readonly [LocalDate, number]> = [
  ['1990-12-24', TWO_PM], // Christmas Eve; until 1993 a half day ended at two
  ['1991-12-24', TWO_PM],
  ['1992-11-27', TWO_PM], // first half day after Thanksgiving
  ['1992-12-24', TWO_PM],
  ['1994-02-11', 14 * 60 + 30], // snow
  ['1996-01-08', TWO_PM], // snow
  ['1997-10-27', 15 * 60 + 30], // circuit breaker
  ['1997-12-26', ONE_PM], // Friday after Christmas
  ['1999-12-31', ONE_PM], // approved by the exchange's board, June 1999
  ['2003-12-26', ONE_PM], // Friday after Christmas
  ['2005-06-01', 15 * 60 + 56], // failure of a communication system
];

function closures(year: number): number[] {
  const days = [
    nthWeekday({ year, month: 2 }, 1, 3), // Washington's Birthday
    easterSunday(year) - 2, // Good Friday
    lastWeekday({ year, month: 5 }, 1), // Memorial Day
    nearestWeekday(epochDayOf(year, 7, 4)),
    nthWeekday({ year, month: 9 }, 1, 1), // Labor Day
    thanksgiving(year),
    nearestWeekday(epochDayOf(year, 12, 25)),
  ];
  const newYear = epochDayOf(year, 1, 1);
  // On a Saturday it is not observed at all: the Friday before ends a month and a year of accounts (Rule 7.2).
  if (weekdayOfEpochDay(newYear) !== 6) days.push(nearestWeekday(newYear));
  if (year >= 1998) days.push(nthWeekday({ year, month: 1 }, 1, 3)); // Martin Luther King Jr. Day
  if (year >= 2022) days.push(nearestWeekday(epochDayOf(year, 6, 19))); // Juneteenth
  return [...days, ...SPECIAL_CLOSURES.map(toEpochDay)];
}

function earlyCloses(year: number): Array<readonly [number, number]> {
  const closes: Array<readonly [number, number]> = SPECIAL_CLOSES.map(([date, minute]) => [toEpochDay(date), minute]);
  if (year >= 1993) closes.push([thanksgiving(year) + 1, ONE_PM]);
  const christmasEve = epochDayOf(year, 12, 24);
  if (year >= 1996 && weekdayOfEpochDay(christmasEve) <= 4) closes.push([christmasEve, ONE_PM]);
  const independence = epochDayOf(year, 7, 4);
  const weekday = weekdayOfEpochDay(independence);
  // The day before a Tuesday, Wednesday or Friday; beside a Thursday it was the day after until 2012, since then the day before.
  if (year >= 1995 && (weekday === 2 || weekday === 3 || weekday === 5)) closes.push([independence - 1, ONE_PM]);
  if (year >= 1995 && weekday === 4) closes.push([year < 2013 ? independence + 1 : independence - 1, ONE_PM]);
  return closes;
}

function thanksgiving(year: number): number {
  return nthWeekday({ year, month: 11 }, 4, 4);
}

/** A Saturday is observed on the Friday, a Sunday on the Monday. */
function nearestWeekday(epochDay: number): number {
  const weekday = weekdayOfEpochDay(epochDay);
  return weekday === 6 ? epochDay - 1 : weekday === 7 ? epochDay + 1 : epochDay;
}

export const xnys: CalendarRules = {
  code: 'XNYS',
  timeZone: 'America/New_York',
  firstDate: '1990-01-01',
  lastDate: '2100-12-31',
  tradesOnWeekends: false,
  closeTimeZone: 'America/New_York',
  closeMinute: 16 * 60,
  closures,
  earlyCloses,
};
