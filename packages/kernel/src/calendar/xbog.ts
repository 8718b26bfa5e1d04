import { epochDayOf, weekdayOfEpochDay } from '../local-date.ts';
import { easterSunday, onOrAfter } from './civil-rules.ts';
import type { CalendarRules } from './trading-calendar.ts';

/**
 * Bolsa de Valores de Colombia, from its founding on 3 July 2001. Public holidays by Ley 51 de 1983 (Ley Emiliani): those listed as
 * moved fall on the Monday on or after their date, the movable feasts on a Monday counted from Easter. The last weekday of
 * the year is a business day without trading (BVC bulletins, e.g. 31 December 2019).
 *
 * Sessions end at 16:00 New York time (15:00 in Bogota while New York has daylight saving time): article 3.2.1 of the Circular
 * Unica ties the hours to New York's clock. This is today's rule; hours of earlier years differed and are not recorded here.
 */

const MOVED_TO_MONDAY: ReadonlyArray<readonly [month: number, day: number]> = [
  [1, 6], // Epiphany
  [3, 19], // Saint Joseph
  [6, 29], // Saints Peter and Paul
  [8, 15], // Assumption
  [10, 12], // Dia de la Raza
  [11, 1], // All Saints
  [11, 11], // Independence of Cartagena
];

const FIXED: ReadonlyArray<readonly [month: number, day: number]> = [
  [1, 1],
  [5, 1], // Labour
  [7, 20], // Independence
  [8, 7], // Battle of Boyaca
  [12, 8], // Immaculate Conception
  [12, 25],
];

/** Holy Thursday, Good Friday, and the Mondays of Ascension, Corpus Christi and Sacred Heart. */
const DAYS_FROM_EASTER = [-3, -2, 43, 64, 71] as const;

function closures(year: number): number[] {
  const easter = easterSunday(year);
  return [
    ...FIXED.map(([month, day]) => epochDayOf(year, month, day)),
    ...MOVED_TO_MONDAY.map(([month, day]) => onOrAfter(epochDayOf(year, month, day), 1)),
    ...DAYS_FROM_EASTER.map((days) => easter + days),
    lastWeekdayOfYear(year),
  ];
}

function lastWeekdayOfYear(year: number): number {
  const last = epochDayOf(year, 12, 31);
  return last - Math.max(0, weekdayOfEpochDay(last) - 5);
}

function earlyCloses(year: number): Array<readonly [number, number]> {
  // Christmas Eve ends at 13:00 with New York's (BVC bulletin of 10 December 2019); no bulletin at hand for the years before.
  return year >= 2019 ? [[epochDayOf(year, 12, 24), 13 * 60]] : [];
}

export const xbog: CalendarRules = {
  code: 'XBOG',
  timeZone: 'America/Bogota',
  firstDate: '2001-07-03',
  lastDate: '2100-12-31',
  tradesOnWeekends: false,
  closeTimeZone: 'America/New_York',
  closeMinute: 16 * 60,
  closures,
  earlyCloses,
};
