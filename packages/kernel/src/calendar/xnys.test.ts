import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LocalDate } from '../local-date.ts';
import { addDays, weekday } from '../local-date.ts';
import { localDateIn } from '../time-zone.ts';
import { tradingCalendar } from './index.ts';

const xnys = tradingCalendar('XNYS');
const newYorkTime = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', timeStyle: 'short' });

/** Weekdays without a session. */
function closedWeekdays(year: number): LocalDate[] {
  const open = new Set(xnys.sessions(`${year}-01-01` as LocalDate, `${year}-12-31` as LocalDate));
  const closed: LocalDate[] = [];
  for (let date = `${year}-01-01` as LocalDate; date.startsWith(String(year)); date = addDays(date, 1)) {
    if (weekday(date) <= 5 && !open.has(date)) closed.push(date);
  }
  return closed;
}

/** Sessions that end before 16:00, with the time on New York's clock. */
function earlyCloses(year: number): string[] {
  return xnys
    .sessions(`${year}-01-01` as LocalDate, `${year}-12-31` as LocalDate)
    .map((date) => {
      const close = xnys.sessionClose(date);
      expect(localDateIn(close, 'America/New_York')).toBe(date);
      return `${date} ${newYorkTime.format(close)}`;
    })
    .filter((text) => !text.endsWith('16:00'));
}

test('its sessions are the dates of real S&P 500 bars', () => {
  const csv = readFileSync(new URL('../data/sp500-2000.csv', import.meta.resolve('vega-datasets')), 'utf8');
  const dates = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(0, 10));
  expect(dates.length).toBeGreaterThan(5000);
  expect(xnys.sessions('2000-01-01', '2020-04-17')).toEqual(dates);
});

// Counted in daily bars of the S&P 500 (Yahoo, ^GSPC), which are not in the repository; from 2022 on, in the exchange's announcements.
test.each([
  [1990, '253 253 254 253 252 252 254 253 252 252'],
  [2000, '252 248 252 252 252 252 251 251 253 252'],
  [2010, '252 252 250 252 252 252 252 251 251 252'],
  [2020, '253 252 251 250 252 250 251 251 251'],
])('the years from %i on have their numbers of sessions', (firstYear, counts) => {
  const expected = counts.split(' ').map(Number);
  const years = expected.map((_, i) => firstYear + i);
  expect(years.map((year) => xnys.sessions(`${year}-01-01` as LocalDate, `${year}-12-31` as LocalDate).length)).toEqual(expected);
});

describe('closed weekdays', () => {
  // https://www.nyse.com/markets/hours-calendars as announced for 2024 to 2028, and the special closing of 9 January 2025.
  test.each([
    [2024, '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25'],
    [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25'],
    [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25'],
    [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24'],
    [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25'],
  ])('of %i are those announced', (year, days) => {
    expect(closedWeekdays(year)).toEqual(days.split(' ').map((day) => `${year}-${day}`));
  });

  test('include the closures no rule foresaw', () => {
    const special = [
      '1994-04-27',
      '2001-09-11',
      '2001-09-12',
      '2001-09-13',
      '2001-09-14',
      '2004-06-11',
      '2007-01-02',
      '2012-10-29',
      '2012-10-30',
      '2018-12-05',
      '2025-01-09',
    ] as const;
    expect(special.filter((date) => xnys.isSession(date))).toEqual([]);
  });

  test('do not include the Friday before a New Year on Saturday', () => {
    expect(['1999-12-31', '2004-12-31', '2010-12-31', '2021-12-31', '2027-12-31'].every((date) => xnys.isSession(date as LocalDate))).toBe(
      true,
    );
    expect(xnys.isSession('2023-01-02')).toBe(false);
  });

  test('know when a holiday began: Martin Luther King 1998, Juneteenth 2022', () => {
    expect([xnys.isSession('1997-01-20'), xnys.isSession('1998-01-19')]).toEqual([true, false]);
    expect([xnys.isSession('2021-06-18'), xnys.isSession('2022-06-20')]).toEqual([true, false]);
  });
});

describe('early closes', () => {
  // The exchange's list of special closings to 2011 (nyse.com/pdfs/closings.pdf, archived), its announcements afterwards.
  test.each([
    [1992, ['11-27 14:00', '12-24 14:00']],
    [1994, ['02-11 14:30', '11-25 13:00']],
    [1996, ['01-08 14:00', '07-05 13:00', '11-29 13:00', '12-24 13:00']],
    [1997, ['07-03 13:00', '10-27 15:30', '11-28 13:00', '12-24 13:00', '12-26 13:00']],
    [1999, ['11-26 13:00', '12-31 13:00']],
    [2002, ['07-05 13:00', '11-29 13:00', '12-24 13:00']],
    [2003, ['07-03 13:00', '11-28 13:00', '12-24 13:00', '12-26 13:00']],
    [2010, ['11-26 13:00']],
    [2013, ['07-03 13:00', '11-29 13:00', '12-24 13:00']],
    [2019, ['07-03 13:00', '11-29 13:00', '12-24 13:00']],
    [2024, ['07-03 13:00', '11-29 13:00', '12-24 13:00']],
    [2025, ['07-03 13:00', '11-28 13:00', '12-24 13:00']],
    [2026, ['11-27 13:00', '12-24 13:00']],
    [2027, ['11-26 13:00']],
    [2028, ['07-03 13:00', '11-24 13:00']],
  ])('of %i', (year, expected) => {
    expect(earlyCloses(year)).toEqual(expected.map((text) => `${year}-${text}`));
  });
});

test('a session ends at four in the afternoon of New York, summer and winter', () => {
  expect(xnys.sessionClose('2024-01-10').toISOString()).toBe('2024-01-10T21:00:00.000Z');
  expect(xnys.sessionClose('2024-07-10').toISOString()).toBe('2024-07-10T20:00:00.000Z');
});
