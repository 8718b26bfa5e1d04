import { parseLocalDate } from '@trii/kernel';
import { expect, test } from 'vitest';
import { runAfter } from './plan-calendar.ts';

const after = (every: 'WEEKLY' | 'MONTHLY', startsOn: string, day: string) =>
  runAfter({ every, startsOn: parseLocalDate(startsOn) }, parseLocalDate(day));

test.each([
  ['the start itself, from the day before', 'MONTHLY', '2026-01-31', '2026-01-30', '2026-01-31'],
  ['the last day of a shorter month', 'MONTHLY', '2026-01-31', '2026-01-31', '2026-02-28'],
  ['the 31st again after February', 'MONTHLY', '2026-01-31', '2026-02-28', '2026-03-31'],
  ['29 February of a leap year', 'MONTHLY', '2027-12-31', '2028-02-01', '2028-02-29'],
  ['the same weekday', 'WEEKLY', '2026-01-05', '2026-01-05', '2026-01-12'],
  ['the next one, however many were missed', 'WEEKLY', '2026-01-05', '2026-03-03', '2026-03-09'],
] as const)('the next run is %s', (...[, every, startsOn, day, expected]) => {
  expect(after(every, startsOn, day)).toBe(expected);
});
