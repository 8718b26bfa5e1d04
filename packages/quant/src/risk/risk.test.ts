import { describe, expect, test } from 'vitest';
import { downsideDeviation } from './downside-deviation.ts';
import { volatility } from './volatility.ts';

// empyrical/tests/test_stats.py: mixed_returns, weekly_returns, monthly_returns and the figures expected of them.
const MIXED = [null, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];
const FROM_ZERO = MIXED.with(0, 0);
// "portfolio_bacon" of PerformanceAnalytics: C. Bacon, Practical Portfolio Performance Measurement and Attribution, 2008, monthly.
const BACON = [
  0.003, 0.026, 0.011, -0.01, 0.015, 0.025, 0.016, 0.067, -0.014, 0.04, -0.005, 0.081, 0.04, -0.037, -0.061, 0.017, -0.049, -0.022, 0.07,
  0.058, -0.065, 0.024, -0.005, -0.009,
];

describe('volatility', () => {
  test('is the sample deviation times the root of the periods of a year', () => {
    expect(volatility(MIXED)).toBeCloseTo(0.913_646_539_970_463_7, 12);
    expect(volatility(FROM_ZERO, { periodsPerYear: 52 })).toBeCloseTo(0.388_515_693_948_705_83, 12);
    expect(volatility(FROM_ZERO, { periodsPerYear: 12 })).toBeCloseTo(0.186_636_902_388_925_58, 12);
    expect(volatility([1, 3], { periodsPerYear: 1, ddof: 0 })).toBe(1);
  });

  test('needs two returns', () => {
    expect([volatility([]), volatility([0.01]), volatility([null, 0.01])]).toEqual([null, null, null]);
  });

  test('of flat returns is nothing', () => {
    expect(volatility([0.01, 0.01, 0.01])).toBeCloseTo(0, 15);
  });

  test('refuses NaN and a year without periods', () => {
    expect(() => volatility([0.01, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => volatility([0.01, 0.02], { periodsPerYear: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('downside deviation', () => {
  test('averages over all periods', () => {
    expect(downsideDeviation(MIXED)).toBeCloseTo(0.604_483_250_388_296_5, 12);
    expect(downsideDeviation(FROM_ZERO, { required: 0.1, periodsPerYear: 52 })).toBeCloseTo(0.773_304_597_167_248_2, 12);
    expect(downsideDeviation(BACON, { required: 0.005, periodsPerYear: 1 })).toBeCloseTo(0.0255, 4);
  });

  test('takes a required return per period', () => {
    expect(downsideDeviation([0.1, 0.1], { required: [0.2, 0.1], periodsPerYear: 1 })).toBeCloseTo(Math.sqrt(0.005), 15);
  });

  test('of gains is zero, of nothing not defined', () => {
    expect(downsideDeviation([0.01, 0.02])).toBe(0);
    expect(downsideDeviation([null])).toBeNull();
  });
});
