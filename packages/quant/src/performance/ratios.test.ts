import { describe, expect, test } from 'vitest';
import { calmarRatio } from './calmar-ratio.ts';
import { RISK_FREE_PER_YEAR, sharpeRatio } from './sharpe-ratio.ts';
import { sortinoRatio } from './sortino-ratio.ts';

// empyrical/tests/test_stats.py: the series and the figures expected of them.
const MIXED = [null, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];
const BENCHMARK = [0, 0.01, 0, 0.01, 0, 0.01, 0, 0.01, 0];
const POSITIVE = [0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01];
const NEGATIVE = [0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05];
const STEADY = Array.from({ length: 250 }, (_, i) => 1.01 ** (i + 1) / 1.01 ** i - 1);

describe('the Sharpe ratio', () => {
  test('is mean over sample deviation, a year', () => {
    expect(sharpeRatio(MIXED, { riskFree: 0 })).toBeCloseTo(1.723_861_396_170_686_6, 12);
    expect(sharpeRatio(MIXED, { riskFree: BENCHMARK })).toBeCloseTo(0.341_114_114_410_605_74, 12);
    expect(sharpeRatio(POSITIVE, { riskFree: 0 })).toBeCloseTo(52.915_026_221_291_804, 10);
    expect(sharpeRatio(NEGATIVE, { riskFree: 0 })).toBeCloseTo(-24.406_808_633_910_085, 10);
  });

  test('takes 3 % a year as free of risk unless told otherwise', () => {
    expect(RISK_FREE_PER_YEAR).toBe(0.03);
    expect(sharpeRatio(MIXED)).toBe(sharpeRatio(MIXED, { riskFree: 0.03 / 252 }));
    expect(sharpeRatio(MIXED, { periodsPerYear: 12 })).toBe(sharpeRatio(MIXED, { riskFree: 0.0025, periodsPerYear: 12 }));
  });

  test('per period and of a population is what trading-signals computes', () => {
    expect(sharpeRatio([10, 20], { riskFree: 0, periodsPerYear: 1, ddof: 0 })).toBe(3);
  });

  test('is not defined below two returns or without variance, never infinite', () => {
    expect([sharpeRatio([]), sharpeRatio([0.01]), sharpeRatio([null, 0.01])]).toEqual([null, null, null]);
    expect(sharpeRatio([0.01, 0.01, 0.01], { riskFree: 0 })).toBeNull();
    expect(sharpeRatio(MIXED, { riskFree: MIXED })).toBeNull();
    expect(sharpeRatio(STEADY)).toBeNull();
    expect(sharpeRatio([0, 0, 0])).toBeNull();
  });
});

describe('the Sortino ratio', () => {
  test('is mean over downside deviation of all periods, a year', () => {
    expect(sortinoRatio(MIXED)).toBeCloseTo(2.605_531_251_673_693, 12);
    expect(sortinoRatio(NEGATIVE)).toBeCloseTo(-13.532_743_075_043_401, 12);
    expect(sortinoRatio(MIXED, { required: Array.from({ length: 9 }, () => 0.01) })).toBeCloseTo(-1.393_477_958_891_997_7, 12);
    // ffn, test_calc_sortino_ratio: not annualised, and the order does not matter.
    expect(sortinoRatio([-0.1, 0.02, 0.01, 0.03], { periodsPerYear: 1 })).toBeCloseTo(-0.2, 12);
  });

  test('is not defined without a bad period, never infinite', () => {
    expect([sortinoRatio([]), sortinoRatio([0.01]), sortinoRatio(POSITIVE), sortinoRatio([0, 0])]).toEqual([null, null, null, null]);
  });

  test('of a single loss is defined', () => {
    expect(sortinoRatio([-0.01], { periodsPerYear: 1 })).toBe(-1);
  });
});

describe('the Calmar ratio', () => {
  test('is the geometric return a year over the deepest drawdown', () => {
    expect(calmarRatio(MIXED)).toBeCloseTo(19.135_925_373_194_233, 10);
    expect(calmarRatio(MIXED.with(0, 0), { periodsPerYear: 52 })).toBeCloseTo(2.469_083_051_399_82, 12);
  });

  test('is not defined without a return or a drawdown', () => {
    expect([calmarRatio([]), calmarRatio([0.01])]).toEqual([null, null]);
    // More than everything lost: a drawdown, but no geometric return.
    expect(calmarRatio([-1.5])).toBeNull();
  });
});

describe.each([
  ['sharpeRatio', sharpeRatio],
  ['sortinoRatio', sortinoRatio],
  ['calmarRatio', calmarRatio],
] as const)('%s', (_name, ratio) => {
  test('refuses NaN and a year without periods', () => {
    expect(() => ratio([0.01, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    expect(() => ratio([0.01, -0.01], { periodsPerYear: -1 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
