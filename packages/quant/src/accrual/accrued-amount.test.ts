import { decimal, roundDecimal, toDecimalString } from '@trii/kernel';
import { expect, test } from 'vitest';
import { accruedAmount } from './accrued-amount.ts';

const accrued = (valueDays: string, annualBps: string, dayCount: 'act/360' | 'act/365f') =>
  toDecimalString(
    roundDecimal(accruedAmount({ valueDays: decimal(valueDays), annualBps: decimal(annualBps), dayCount }), {
      scale: 2,
      rounding: 'half-even',
    }),
  );

test.each([
  // A textbook deposit of the money market: 3 million at 4 % for 90 days of a year of 360.
  ['3000000 for 90 days at 4 %', '270000000', '400', 'act/360', '30000'],
  // The usual example of what a year of 360 days costs: 1,000 at 10 % brings 101.39 in 365 days, and 100.00 by the other convention.
  ['1000 for 365 days at 10 %', '365000', '1000', 'act/360', '101.39'],
  ['1000 for 365 days at 10 %', '365000', '1000', 'act/365f', '100'],
  // A leap year has 366 days of a 365th each.
  ['1000 for 366 days at 10 %', '366000', '1000', 'act/365f', '100.27'],
  ['nothing', '0', '1000', 'act/365f', '0'],
] as const)('%s accrues by its convention', (...[, valueDays, bps, dayCount, expected]) => {
  expect(accrued(valueDays, bps, dayCount)).toBe(expected);
});

test('days of one rate may be added up first: the sum is the same to the last digit', () => {
  const day = (value: string) => accruedAmount({ valueDays: decimal(value), annualBps: decimal('137.5'), dayCount: 'act/365f' });
  const days = ['100.01', '100.01', '93.37', '0.02'].map(day).reduce((sum, each) => sum.plus(each));
  const together = accruedAmount({ valueDays: decimal('293.41'), annualBps: decimal('137.5'), dayCount: 'act/365f' });
  expect(roundDecimal(days.minus(together), { scale: 40, rounding: 'half-even' }).isZero()).toBe(true);
});
