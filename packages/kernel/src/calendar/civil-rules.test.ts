import { expect, test } from 'vitest';
import { fromEpochDay } from '../local-date.ts';
import { easterSunday, lastWeekday, nthWeekday, onOrAfter } from './civil-rules.ts';

// U.S. Census Bureau, "Easter Dates from 1600 to 2099": the earliest and latest days, and years around now.
test.each([
  [1818, '1818-03-22'],
  [1943, '1943-04-25'],
  [1990, '1990-04-15'],
  [2000, '2000-04-23'],
  [2008, '2008-03-23'],
  [2011, '2011-04-24'],
  [2024, '2024-03-31'],
  [2025, '2025-04-20'],
  [2026, '2026-04-05'],
  [2030, '2030-04-21'],
])('Easter of %i is %s', (year, date) => {
  expect(fromEpochDay(easterSunday(year))).toBe(date);
});

test('weekdays of a month are counted from either end', () => {
  expect(fromEpochDay(nthWeekday({ year: 2024, month: 11 }, 4, 4))).toBe('2024-11-28');
  expect(fromEpochDay(nthWeekday({ year: 2024, month: 9 }, 7, 1))).toBe('2024-09-01');
  expect(fromEpochDay(lastWeekday({ year: 2024, month: 5 }, 1))).toBe('2024-05-27');
  expect(fromEpochDay(lastWeekday({ year: 2021, month: 5 }, 1))).toBe('2021-05-31');
  expect(() => nthWeekday({ year: 2024, month: 2 }, 1, 5)).toThrow('no such weekday');
});

test('a day on its weekday stays, another moves on', () => {
  expect(fromEpochDay(onOrAfter(19_723, 1))).toBe('2024-01-01');
  expect(fromEpochDay(onOrAfter(19_724, 1))).toBe('2024-01-08');
});
