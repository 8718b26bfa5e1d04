import { describe, expect, test } from 'vitest';
import { fixedClock, instant, manualClock, systemClock } from './clock.ts';
import { localDateIn } from './time-zone.ts';

test('the system clock moves with the machine', () => {
  const before = performance.timeOrigin + performance.now();
  const now = systemClock.now().getTime();
  expect(Math.abs(now - before)).toBeLessThan(60_000);
  expect(systemClock.today('UTC')).toBe(localDateIn(systemClock.now(), 'UTC'));
});

test('a fixed clock stands still and knows the date in each zone', () => {
  const clock = fixedClock('2024-03-01T02:30:00Z');
  expect(clock.now().toISOString()).toBe('2024-03-01T02:30:00.000Z');
  expect(clock.today('America/Bogota')).toBe('2024-02-29');
  expect(clock.today('Asia/Tokyo')).toBe('2024-03-01');
});

test('nobody can move a clock by the Date it handed out', () => {
  const clock = fixedClock('2024-03-01T02:30:00Z');
  clock.now().setFullYear(1999);
  expect(clock.now().getUTCFullYear()).toBe(2024);
});

test('a manual clock moves only when told', () => {
  const clock = manualClock('2024-03-01T00:00:00Z');
  clock.advance(0);
  clock.advance(86_400_000);
  expect(clock.now().toISOString()).toBe('2024-03-02T00:00:00.000Z');
  expect(() => clock.advance(-1)).toThrow('a clock only advances');
  clock.set('2020-01-01T00:00:00Z');
  expect(clock.today('UTC')).toBe('2020-01-01');
});

describe('an instant from text', () => {
  test('keeps its offset', () => {
    expect(instant('2024-03-01T09:30:00-05:00').toISOString()).toBe('2024-03-01T14:30:00.000Z');
    expect(instant('2024-03-01T14:30:00.123456Z').toISOString()).toBe('2024-03-01T14:30:00.123Z');
    expect(instant(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
  });

  test.each(['2024-03-01', '2024-03-01T14:30:00', '2023-02-30T00:00:00Z', '2024-13-01T00:00:00Z', '2024-03-01T25:00:00Z', 'now', ''])(
    'is refused when it is not one: %j',
    (text) => {
      expect(() => instant(text)).toThrow(expect.objectContaining({ code: 'INVALID_INSTANT' }));
    },
  );
});
