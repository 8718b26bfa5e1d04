import { expect, test } from 'vitest';
import { annualize, annualizedMeanReturn, annualizedReturn, compoundAnnualGrowthRate } from './annualized-return.ts';

// empyrical/tests/test_stats.py: test_annual_ret, test_cagr.
const MIXED = [null, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];

test('is geometric over n / 252 years, gaps being periods', () => {
  expect(annualizedReturn(MIXED)).toBeCloseTo(1.913_592_537_319_423_1, 12);
  expect(annualizedReturn(MIXED.with(0, 0), { periodsPerYear: 52 })).toBeCloseTo(0.246_908_305_139_982_08, 12);
  expect(annualizedReturn(MIXED.with(0, 0), { periodsPerYear: 12 })).toBeCloseTo(0.052_242_061_386_048_144, 12);
  expect(annualizedReturn([0.01])).toBeCloseTo(11.274_002_099_240_244, 10);
  expect(annualizedReturn([0.03, 0.03, 0.03], { periodsPerYear: 1 })).toBeCloseTo(0.03, 14);
});

test('counts calendar days when told to', () => {
  // A double in 731 days: ffn divides by 365.25, Excel's RRI convention by 365.
  expect(annualizedReturn([1], { days: 731, daysPerYear: 365.25 })).toBeCloseTo(2 ** (365.25 / 731) - 1, 15);
  expect(annualizedReturn([1], { days: 730, daysPerYear: 365 })).toBeCloseTo(Math.SQRT2 - 1, 15);
});

test('leaves gaps out only when the caller does', () => {
  // PerformanceAnalytics drops missing months before it counts: test-Return.annualized-na.R.
  expect(annualizedReturn([0.1, 0.2], { periodsPerYear: 1 })).toBeCloseTo(0.148_912_5, 7);
  expect(annualizedReturn([0.1, 0.2, null], { periodsPerYear: 1 })).toBeCloseTo(1.32 ** (1 / 3) - 1, 14);
});

test('of nothing is not defined, of a total loss is -1, of more than that not defined', () => {
  expect([annualizedReturn([]), annualizedReturn([null])]).toEqual([null, null]);
  expect(annualizedReturn([-1, 0.1])).toBe(-1);
  expect(annualize(-1.5, 2)).toBeNull();
});

test('needs a length of time', () => {
  for (const days of [0, -5, Number.NaN]) {
    expect(() => annualizedReturn([0.1], { days, daysPerYear: 365 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  }
  expect(() => annualizedReturn([0.1], { periodsPerYear: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  expect(() => annualize(Number.NaN, 1)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
});

test('from value to value is the compound annual growth rate', () => {
  expect(compoundAnnualGrowthRate({ begin: 100, end: 121, years: 2 })).toBeCloseTo(0.1, 14);
  for (const path of [
    { begin: 100, end: -50, years: 1 },
    { begin: 0, end: 50, years: 1 },
    { begin: 100, end: 50, years: 0 },
  ]) {
    expect(() => compoundAnnualGrowthRate(path)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  }
});

test('is also the mean return times the periods of a year, as the specification has it', () => {
  expect(annualizedMeanReturn([0.01, null, -0.02, 0.04])).toBeCloseTo(2.52, 14);
  expect(annualizedMeanReturn([0.01, 0.03], { periodsPerYear: 12 })).toBeCloseTo(0.24, 14);
  expect(annualizedMeanReturn([null])).toBeNull();
});
