import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { isTimeZone, localDateIn, parseTimeOfDay, zonedTimeToInstant, zoneOffsetMs } from './time-zone.ts';

const HOUR = 3_600_000;

test('knows IANA zones and no others', () => {
  expect(isTimeZone('America/Bogota')).toBe(true);
  for (const zone of ['Mars/Olympus', '', 7]) expect(isTimeZone(zone)).toBe(false);
  expect(() => localDateIn(0, 'Mars/Olympus')).toThrow(expect.objectContaining({ code: 'UNKNOWN_TIME_ZONE' }));
});

describe('the date on the wall', () => {
  test('turns at midnight of the zone, not of UTC', () => {
    expect(localDateIn(new Date('2024-01-10T04:59:59.999Z'), 'America/New_York')).toBe('2024-01-09');
    expect(localDateIn(new Date('2024-01-10T05:00:00.000Z'), 'America/New_York')).toBe('2024-01-10');
    expect(localDateIn(new Date('2024-07-10T03:59:59.999Z'), 'America/New_York')).toBe('2024-07-09');
    expect(localDateIn(new Date('2024-07-10T04:00:00.000Z'), 'America/New_York')).toBe('2024-07-10');
  });

  test('is right on days with a change of clocks, before 1970 and where a date was skipped', () => {
    expect(zoneOffsetMs(Date.parse('2024-03-10T06:59:59Z'), 'America/New_York')).toBe(-5 * HOUR);
    expect(zoneOffsetMs(Date.parse('2024-03-10T07:00:00Z'), 'America/New_York')).toBe(-4 * HOUR);
    expect(localDateIn(Date.parse('1969-07-20T20:17:40Z'), 'America/New_York')).toBe('1969-07-20');
    // Samoa went from 29 to 31 December 2011.
    expect(localDateIn(Date.parse('2011-12-30T09:59:59Z'), 'Pacific/Apia')).toBe('2011-12-29');
    expect(localDateIn(Date.parse('2011-12-30T10:00:00Z'), 'Pacific/Apia')).toBe('2011-12-31');
  });

  test('agrees with Intl at any instant', () => {
    const zones = [
      'America/New_York',
      'America/Bogota',
      'America/Sao_Paulo',
      'Europe/London',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'UTC',
    ];
    const formats = new Map(zones.map((timeZone) => [timeZone, new Intl.DateTimeFormat('en-CA', { timeZone })]));
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: -2e12, max: 4e12 }), (zone, epochMs) => {
        expect(localDateIn(epochMs, zone)).toBe(formats.get(zone)?.format(epochMs));
      }),
    );
  });
});

describe('the instant of a wall-clock time', () => {
  const newYork = (date: `${number}-${number}-${number}`, time: string, disambiguation?: 'earlier' | 'later' | 'reject' | 'compatible') =>
    zonedTimeToInstant({ date, time }, 'America/New_York', disambiguation === undefined ? {} : { disambiguation }).toISOString();

  test('follows summer and winter time', () => {
    expect(newYork('2024-01-10', '16:00')).toBe('2024-01-10T21:00:00.000Z');
    expect(newYork('2024-07-10', '16:00:30.250')).toBe('2024-07-10T20:00:30.250Z');
    expect(zonedTimeToInstant({ date: '2024-07-10', time: '05:45' }, 'Asia/Kathmandu').toISOString()).toBe('2024-07-10T00:00:00.000Z');
  });

  // The cases of Temporal's documentation: 2:30 on 10 March 2024 does not exist in New York, 1:30 on 3 November exists twice.
  test('moves on over a gap, unless told otherwise', () => {
    expect(newYork('2024-03-10', '02:30')).toBe('2024-03-10T07:30:00.000Z');
    expect(newYork('2024-03-10', '02:30', 'later')).toBe('2024-03-10T07:30:00.000Z');
    expect(newYork('2024-03-10', '02:30', 'earlier')).toBe('2024-03-10T06:30:00.000Z');
    expect(() => newYork('2024-03-10', '02:30', 'reject')).toThrow(expect.objectContaining({ code: 'NONEXISTENT_LOCAL_TIME' }));
  });

  test('takes the first of two, unless told otherwise', () => {
    expect(newYork('2024-11-03', '01:30')).toBe('2024-11-03T05:30:00.000Z');
    expect(newYork('2024-11-03', '01:30', 'earlier')).toBe('2024-11-03T05:30:00.000Z');
    expect(newYork('2024-11-03', '01:30', 'later')).toBe('2024-11-03T06:30:00.000Z');
    expect(() => newYork('2024-11-03', '01:30', 'reject')).toThrow(expect.objectContaining({ code: 'AMBIGUOUS_LOCAL_TIME' }));
  });

  test('is sure about the minutes beside a change', () => {
    expect(newYork('2024-03-10', '01:59', 'reject')).toBe('2024-03-10T06:59:00.000Z');
    expect(newYork('2024-03-10', '03:00', 'reject')).toBe('2024-03-10T07:00:00.000Z');
    expect(newYork('2024-11-03', '00:59', 'reject')).toBe('2024-11-03T04:59:00.000Z');
    expect(newYork('2024-11-03', '02:00', 'reject')).toBe('2024-11-03T07:00:00.000Z');
  });

  test.each(['24:00', '9:30', '09:60', '09:30:60', '09:30:00.1', 'noon', ''])('refuses the time %j', (time) => {
    expect(() => parseTimeOfDay(time)).toThrow(expect.objectContaining({ code: 'INVALID_TIME' }));
  });
});

test('a million conversions ask Intl for a few days only', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  let days = 0;
  for (let i = 0; i < 1_000_000; i++) days += localDateIn(i * 60_000, 'America/New_York').length;
  expect(days).toBe(10_000_000);
  // A million minutes are 695 days: at its two ends each of them is asked for, and all through the days on which the clock changes.
  expect(asked.mock.calls.length).toBeGreaterThan(0);
  expect(asked.mock.calls.length).toBeLessThan(2 * 695 + 4 * 1440 * 2);
  asked.mockRestore();
});
