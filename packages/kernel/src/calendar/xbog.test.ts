import { expect, test } from 'vitest';
import { addDays, weekday } from '../local-date.ts';
import type { LocalDate } from '../local-date.ts';
import { tradingCalendar } from './index.ts';

const xbog = tradingCalendar('XBOG');

// Colombian public holidays on weekdays as published for those years, and the last weekday of the year.
test.each([
  [2019, '01-01 01-07 03-25 04-18 04-19 05-01 06-03 06-24 07-01 08-07 08-19 10-14 11-04 11-11 12-25 12-31'],
  [2024, '01-01 01-08 03-25 03-28 03-29 05-01 05-13 06-03 06-10 07-01 08-07 08-19 10-14 11-04 11-11 12-25 12-31'],
  [2025, '01-01 01-06 03-24 04-17 04-18 05-01 06-02 06-23 06-30 08-07 08-18 10-13 11-03 11-17 12-08 12-25 12-31'],
])('the weekdays without a session of %i', (year, days) => {
  const closed: string[] = [];
  for (let date = `${year}-01-01` as LocalDate; date.startsWith(String(year)); date = addDays(date, 1)) {
    if (weekday(date) <= 5 && !xbog.isSession(date)) closed.push(date);
  }
  expect(closed).toEqual(days.split(' ').map((day) => `${year}-${day}`));
});

test('when 31 December falls on a weekend, the Friday before is the day without trading', () => {
  expect([xbog.isSession('2022-12-29'), xbog.isSession('2022-12-30')]).toEqual([true, false]);
});

test('sessions end with New York: 15:00 in Bogota in its summer, 16:00 in its winter', () => {
  expect(xbog.sessionClose('2022-03-11').toISOString()).toBe('2022-03-11T21:00:00.000Z');
  expect(xbog.sessionClose('2022-03-14').toISOString()).toBe('2022-03-14T20:00:00.000Z');
});

test('there is no session at the weekend', () => {
  expect([xbog.isSession('2024-03-09'), xbog.isSession('2024-03-10'), xbog.isSession('2024-03-11')]).toEqual([false, false, true]);
});

test('Christmas Eve ends at one', () => {
  expect(xbog.sessionClose('2019-12-24').toISOString()).toBe('2019-12-24T18:00:00.000Z');
});
