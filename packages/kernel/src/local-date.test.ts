import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  compareLocalDates,
  daysBetween,
  daysInMonth,
  endOfMonth,
  fromEpochDay,
  isLeapYear,
  isLocalDate,
  localDate,
  parseLocalDate,
  startOfMonth,
  startOfYear,
  toEpochDay,
  weekday,
  yearMonthDay,
  yearOf,
} from './local-date.ts';

describe('parsing', () => {
  test.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '1999-12-31'])('takes %s', (text) => {
    expect(parseLocalDate(text)).toBe(text);
  });

  test.each([
    '2001-02-29',
    '1900-02-29',
    '2023-04-31',
    '2023-00-10',
    '2023-13-01',
    '2023-01-00',
    '0000-01-01',
    '2023-1-1',
    '23-01-01',
    '2023/01/01',
    '2023-01-01T00:00:00Z',
    ' 2023-01-01',
    '+023-01-01',
    '2023-01-1a',
    '',
  ])('refuses %j', (text) => {
    expect(isLocalDate(text)).toBe(false);
    expect(() => parseLocalDate(text)).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
  });

  test('from parts refuses a day that does not exist', () => {
    expect(localDate(2024, 2, 9)).toBe('2024-02-09');
    expect(() => localDate(2023, 2, 29)).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
  });
});

describe('days since 1970', () => {
  // From the tables of howardhinnant.github.io/date_algorithms.html and the Unix time of round dates.
  test.each([
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['2000-03-01', 11_017],
    ['2038-01-19', 24_855],
    ['0001-01-01', -719_162],
    ['9999-12-31', 2_932_896],
  ] as const)('%s is day %i', (date, day) => {
    expect(toEpochDay(date)).toBe(day);
    expect(fromEpochDay(day)).toBe(date);
  });

  test('agree with the runtime on any date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
        const date = fromEpochDay(day);
        expect(new Date(day * 86_400_000).toISOString().slice(0, 10)).toBe(date);
        expect(toEpochDay(date)).toBe(day);
        expect(weekday(date)).toBe(new Date(day * 86_400_000).getUTCDay() || 7);
      }),
    );
  });

  test('end where four-digit years end', () => {
    for (const day of [-719_163, 2_932_897, 0.5, Number.NaN]) {
      expect(() => fromEpochDay(day)).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
    }
  });

  test('refuse a string that got past the types', () => {
    for (const text of ['yesterday', '2023-02-29', '2023-00-10', '2023-01-100']) {
      expect(() => toEpochDay(text as '2020-01-01')).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
    }
  });
});

describe('arithmetic', () => {
  test('crosses months, years and leap days', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2023-12-31', 1)).toBe('2024-01-01');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
    expect(daysBetween('2023-03-01', '2024-03-01')).toBe(366);
    expect(daysBetween('2024-03-01', '2023-03-01')).toBe(-366);
  });

  test('of months keeps the day or takes the last of the month', () => {
    expect(addMonths('2024-01-31', 1)).toBe('2024-02-29');
    expect(addMonths('2024-03-15', -3)).toBe('2023-12-15');
    expect(addMonths('2024-02-29', 12)).toBe('2025-02-28');
  });

  test('knows leap years and lengths of months', () => {
    expect([1900, 2000, 2023, 2024].map(isLeapYear)).toEqual([false, true, false, true]);
    expect([1, 2, 4, 12].map((month) => daysInMonth(2023, month))).toEqual([31, 28, 30, 31]);
  });

  test('finds the edges of month and year', () => {
    expect([startOfMonth('2024-02-17'), endOfMonth('2024-02-17'), startOfYear('2024-02-17')]).toEqual([
      '2024-02-01',
      '2024-02-29',
      '2024-01-01',
    ]);
    expect(yearMonthDay('2024-02-17')).toEqual({ year: 2024, month: 2, day: 17 });
    expect(yearOf('2024-02-17')).toBe(2024);
  });
});

test('dates sort as strings do', () => {
  expect(compareLocalDates('2024-02-17', '2024-10-01')).toBe(-1);
  expect(compareLocalDates('2024-02-17', '2024-02-17')).toBe(0);
  expect(compareLocalDates('2024-10-01', '2024-02-17')).toBe(1);
});
