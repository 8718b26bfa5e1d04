import { describe, expect, test } from 'vitest';
import { CALENDAR_CODES, isCalendarCode, tradingCalendar } from './index.ts';

const xnys = tradingCalendar('XNYS');

describe('a trading calendar', () => {
  test('lists sessions with both ends, over years', () => {
    expect(xnys.sessions('2020-12-30', '2021-01-05')).toEqual(['2020-12-30', '2020-12-31', '2021-01-04', '2021-01-05']);
    expect(xnys.sessions('2021-01-04', '2021-01-04')).toEqual(['2021-01-04']);
    expect(xnys.sessions('2021-01-02', '2021-01-03')).toEqual([]);
    expect(xnys.sessions('2021-01-05', '2021-01-04')).toEqual([]);
  });

  test('steps over weekends, holidays and years, never standing still', () => {
    expect(xnys.nextSession('2001-09-10')).toBe('2001-09-17');
    expect(xnys.previousSession('2001-09-17')).toBe('2001-09-10');
    expect(xnys.nextSession('2020-12-31')).toBe('2021-01-04');
    expect(xnys.previousSession('2021-01-02')).toBe('2020-12-31');
  });

  test('has no close on a day without session', () => {
    expect(() => xnys.sessionClose('2024-12-25')).toThrow(expect.objectContaining({ code: 'NOT_A_SESSION' }));
  });

  test('is right from its first date to its last', () => {
    expect([xnys.isSession(xnys.firstDate), xnys.isSession(xnys.lastDate)]).toEqual([false, true]);
    expect(xnys.nextSession(xnys.firstDate)).toBe('1990-01-02');
  });

  test('does not guess beyond the dates it is right for', () => {
    for (const ask of [
      () => xnys.isSession('1989-12-29'),
      () => xnys.sessions('1980-01-01', '2000-01-01'),
      () => xnys.previousSession('1990-01-02'),
      () => xnys.nextSession('2100-12-31'),
      () => xnys.sessionClose('2101-01-03'),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: 'DATE_OUTSIDE_CALENDAR' }));
    }
  });

  test('refuses a string that is no date', () => {
    expect(() => xnys.isSession('2024-02-30')).toThrow(expect.objectContaining({ code: 'INVALID_DATE' }));
  });
});

test('crypto trades every day of UTC until midnight', () => {
  const always = tradingCalendar('24/7');
  expect(always.sessions('2023-12-30', '2024-01-02')).toEqual(['2023-12-30', '2023-12-31', '2024-01-01', '2024-01-02']);
  expect(always.sessionClose('2024-02-29').toISOString()).toBe('2024-03-01T00:00:00.000Z');
});

test('calendars are known by code, and the same each time', () => {
  expect(CALENDAR_CODES.map((code) => tradingCalendar(code).code)).toEqual(['XNYS', 'XBOG', '24/7']);
  expect(tradingCalendar('XNYS')).toBe(xnys);
  expect(isCalendarCode('XLON')).toBe(false);
  expect(() => tradingCalendar('toString' as 'XNYS')).toThrow(expect.objectContaining({ code: 'UNKNOWN_CALENDAR' }));
});
