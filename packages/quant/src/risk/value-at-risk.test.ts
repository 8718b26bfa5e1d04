import { describe, expect, test } from 'vitest';
import { expectedShortfall } from './expected-shortfall.ts';
import { valueAtRisk } from './value-at-risk.ts';

// empyrical/tests/test_stats.py
const NEGATIVE = [0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05];
const WEEKLY = [0, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];
/** The 5 % quantile of the standard normal distribution. */
const Z = -1.644_853_626_951_472_2;

describe('value at risk', () => {
  test('interpolates between returns, a loss being negative', () => {
    expect(valueAtRisk([1, 2])).toBeCloseTo(1.05, 14);
    expect(valueAtRisk([1, 81, 82, 83, 84, 85], { tail: 0.1 })).toBe(41);
    expect(valueAtRisk([1, 81, 82, 83, 84, 85], { tail: 0.2 })).toBe(81);
    expect(valueAtRisk([1, 81, 82, 83, 84, 85], { tail: 0.3 })).toBe(81.5);
  });

  test('as an order statistic takes the (tail * n + 1)-th worst', () => {
    // analystprep.com (FRM): of 300 observations at 99 % the fourth largest loss, 21.
    const returns = [-19, -30, -21, -27, -23, ...Array.from({ length: 295 }, (_, i) => i)];
    expect(valueAtRisk(returns, { tail: 1 - 0.99, method: 'order-statistic' })).toBe(-21);
    expect(valueAtRisk([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6], { tail: 1 - 0.9, method: 'order-statistic' })).toBe(-2);
  });

  test('by the normal distribution uses the population deviation', () => {
    // Mean 1 %, deviation 2 % whichever way the coin falls.
    expect(valueAtRisk([0.03, -0.01], { method: 'gaussian' })).toBeCloseTo(0.01 + Z * 0.02, 15);
    expect(valueAtRisk([0.03, -0.01], { method: 'gaussian', tail: 0.5 })).toBeCloseTo(0.01, 15);
  });

  test('by Cornish and Fisher corrects for skewness and kurtosis', () => {
    // A coin: no skewness, excess kurtosis -2. One in four: see the Bernoulli distribution.
    expect(valueAtRisk([0.03, -0.01], { method: 'cornish-fisher' })).toBeCloseTo(0.01 + 0.02 * (Z - (Z ** 3 - 3 * Z) / 12), 15);
    const skewness = 0.5 / Math.sqrt(3 / 16);
    const kurtosis = (1 - 18 / 16) / (3 / 16);
    const z = Z + ((Z ** 2 - 1) * skewness) / 6 + ((Z ** 3 - 3 * Z) * kurtosis) / 24 - ((2 * Z ** 3 - 5 * Z) * skewness ** 2) / 36;
    expect(valueAtRisk([1, 0, 0, 0], { method: 'cornish-fisher' })).toBeCloseTo(0.25 + Math.sqrt(3 / 16) * z, 14);
  });
});

describe('expected shortfall', () => {
  test('is the mean of the returns at or below the value at risk', () => {
    expect(expectedShortfall(NEGATIVE)).toBe(-0.09);
    expect(expectedShortfall(WEEKLY)).toBe(-0.1);
    expect(expectedShortfall([-4, -2, 0, 2, 4], { tail: 0.25 })).toBe(-3);
  });

  test('counts the same return twice when it came twice', () => {
    expect(expectedShortfall([-0.3, -0.1, -0.1], { tail: 0.5 })).toBeCloseTo(-0.2, 15);
  });

  test('strictly is the mean of those below it', () => {
    expect(expectedShortfall([-4, -2, 0, 2, 4], { tail: 0.25, method: 'historical-strict' })).toBe(-4);
    expect(expectedShortfall([1, 1], { method: 'historical-strict' })).toBeNull();
  });

  test('by the normal distribution is mean - density / tail * deviation', () => {
    // Expected shortfall of the standard normal distribution at 5 %: -2.0627.
    expect(expectedShortfall([1, -1], { method: 'gaussian' })).toBeCloseTo(-2.0627, 4);
    expect(expectedShortfall([1.03, 0.99], { method: 'gaussian' })).toBeCloseTo(1.01 - 0.02 * 2.062_712_8, 6);
  });
});

describe.each([
  ['value at risk', valueAtRisk, ['historical', 'order-statistic', 'gaussian', 'cornish-fisher']],
  ['expected shortfall', expectedShortfall, ['historical', 'historical-strict', 'gaussian']],
] as const)('%s by any method', (_name, measure, methods) => {
  test.each(methods)('%s: nothing of nothing, and gaps left out', (method) => {
    const options = { method: method as 'historical' };
    expect([measure([], options), measure([null], options)]).toEqual([null, null]);
    expect(measure([null, ...WEEKLY, null], options)).toBe(measure(WEEKLY, options));
  });

  test.each(methods)('%s: NaN and an impossible tail are refused', (method) => {
    const options = { method: method as 'historical' };
    expect(() => measure([0.1, Number.NaN], options)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
    for (const tail of [0, 1, -0.5, Number.NaN]) {
      expect(() => measure(WEEKLY, { ...options, tail })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    }
  });

  test('an unknown method is refused', () => {
    expect(() => measure(WEEKLY, { method: 'astrology' as 'historical' })).toThrow('astrology');
  });
});
