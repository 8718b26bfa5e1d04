import { describe, expect, test } from 'vitest';
import { mean } from './mean.ts';
import { normalDensity, normalQuantile } from './normal.ts';
import { populationMoments } from './population-moments.ts';
import { quantile } from './quantile.ts';
import { isFloatNoise, standardDeviation } from './standard-deviation.ts';

test('the mean of nothing is not defined', () => {
  expect(mean([])).toBeNull();
  expect(mean([1, 2, 6])).toBe(3);
});

describe('the standard deviation', () => {
  // Wikipedia, "Standard deviation": eight marks with mean 5 and population deviation 2.
  const marks = [2, 4, 4, 4, 5, 5, 7, 9];

  test('of a population divides by n, of a sample by n - 1', () => {
    expect(standardDeviation(marks, 0)).toBe(2);
    expect(standardDeviation(marks)).toBeCloseTo(Math.sqrt(32 / 7), 14);
  });

  test('needs two values for a sample, one for a population', () => {
    expect([standardDeviation([], 0), standardDeviation([3], 1), standardDeviation([3], 0)]).toEqual([null, null, 0]);
  });

  test('does not lose its digits to a large mean', () => {
    // The example of Wikipedia, "Algorithms for calculating variance": sample variance 30.
    expect(standardDeviation([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBeCloseTo(Math.sqrt(30), 12);
  });

  test('of rounding errors is noise, of real returns is not', () => {
    const steady = Array.from({ length: 250 }, (_, i) => 1.01 ** (i + 1) / 1.01 ** i - 1);
    expect(isFloatNoise(standardDeviation(steady) ?? Number.NaN, 0.01)).toBe(true);
    expect(isFloatNoise(1e-9, 0.01)).toBe(false);
    // Relative to a large mean, absolute beside a small one.
    expect([isFloatNoise(1e-11, 1e4), isFloatNoise(1e-13, 1e-4), isFloatNoise(1e-15, 1e-4)]).toEqual([true, false, true]);
  });
});

describe('the quantile', () => {
  test('interpolates as numpy.percentile does', () => {
    // The example of numpy.percentile's documentation: the median of 10, 7, 4, 3, 2, 1 is 3.5.
    expect(quantile([10, 7, 4, 3, 2, 1], 0.5)).toBe(3.5);
    // empyrical, test_value_at_risk.
    expect(quantile([1, 81, 82, 83, 84, 85], 0.1)).toBe(41);
    expect(quantile([1, 81, 82, 83, 84, 85], 0.2)).toBe(81);
  });

  test('reaches both ends and needs values', () => {
    expect([quantile([3, 1, 2], 0), quantile([3, 1, 2], 1), quantile([5], 0.3), quantile([], 0.5)]).toEqual([1, 3, 5, null]);
  });

  test('sorts by size, not by text, and leaves its argument alone', () => {
    const values = [10, 9, -1];
    expect(quantile(values, 0)).toBe(-1);
    expect(values).toEqual([10, 9, -1]);
  });

  test('refuses what is no probability', () => {
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => quantile([1], p)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('the normal distribution', () => {
  // Wichura's own check values (Applied Statistics 37, 1988) for 0.25, 0.001, 1e-20; the rest from tables of the normal distribution.
  test.each([
    [0.25, -0.674_489_750_196_081_7],
    [0.001, -3.090_232_306_167_813_6],
    [1e-20, -9.262_340_089_798_41],
    [0.5, 0],
    [0.05, -1.644_853_626_951_472],
    [0.975, 1.959_963_984_540_054],
  ])('has %d of its mass below %d', (p, x) => {
    expect(normalQuantile(p)).toBeCloseTo(x, 13);
  });

  test('has its density', () => {
    expect(normalDensity(0)).toBeCloseTo(0.398_942_280_401_432_7, 15);
    expect(normalDensity(1)).toBeCloseTo(0.241_970_724_519_143_37, 15);
  });

  test('has no quantile at 0 or 1', () => {
    for (const p of [0, 1, -1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('population moments', () => {
  test('of a coin are those of the Bernoulli distribution', () => {
    // p = 1/4: variance p q = 3/16, skewness (q - p) / sqrt(p q), excess kurtosis (1 - 6 p q) / (p q).
    const moments = populationMoments([1, 0, 0, 0]);
    expect(moments?.mean).toBe(0.25);
    expect(moments?.deviation).toBeCloseTo(Math.sqrt(3 / 16), 15);
    expect(moments?.skewness).toBeCloseTo(0.5 / Math.sqrt(3 / 16), 14);
    expect(moments?.excessKurtosis).toBeCloseTo((1 - 18 / 16) / (3 / 16), 14);
  });

  test('of one value have no spread, of none do not exist', () => {
    expect(populationMoments([7])).toEqual({ mean: 7, deviation: 0, skewness: 0, excessKurtosis: 0 });
    expect(populationMoments([])).toBeNull();
  });
});
