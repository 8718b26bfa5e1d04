import { describe, expect, test } from 'vitest';
import { drawdownSeries, drawdownSeriesOfValues } from './drawdown-series.ts';
import { maxDrawdown, maxDrawdownOfValues } from './max-drawdown.ts';

describe('of returns', () => {
  // empyrical/tests/test_stats.py, test_max_drawdown, with the sign turned.
  test.each([
    [[0.01], 0],
    [[0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01], 0],
    [[null, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1], 0.1],
    [[0, -0.06, -0.07, -0.01, -0.09, -0.02, -0.06, -0.08, -0.05], 0.365_907_303_498_736],
    [[0.01, -0.01, 0.01, -0.01, 0.01, -0.01], 1 - 0.99 * (1.01 * 0.99) ** 2],
  ])('%j is %d', (returns, expected) => {
    expect(maxDrawdown(returns)).toBeCloseTo(expected, 6);
  });

  test('the starting value counts as a peak', () => {
    expect(maxDrawdown([-0.25])).toBe(0.25);
    expect(drawdownSeries([-0.25, 0.2, 0.5, -0.5])).toEqual([0.25, expect.closeTo(0.1, 15), 0, 0.5]);
  });

  test('a gap neither falls nor rises', () => {
    expect(drawdownSeries([-0.5, null, 1])).toEqual([0.5, 0.5, 0]);
  });

  test('nothing falls not at all: not defined', () => {
    expect([maxDrawdown([]), maxDrawdown([null])]).toEqual([null, null]);
    expect(drawdownSeries([])).toEqual([]);
  });

  test('a total loss is 1 and stays', () => {
    expect(drawdownSeries([-1, 5])).toEqual([1, 1]);
  });

  test('refuses NaN', () => {
    expect(() => maxDrawdown([Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

describe('of values', () => {
  test('measures from the highest peak before, not from the last', () => {
    // hedgefund textbook example: 500, 750, 400, 600, 350, 800 thousand fall by 53.33 %.
    expect(maxDrawdownOfValues([500, 750, 400, 600, 350, 800])).toBeCloseTo(0.5333, 4);
    // trading-signals, getMaximumDrawdown.
    expect(maxDrawdownOfValues([100, 120, 60, 90])).toBe(0.5);
  });

  test('goes beyond 1 when wealth goes below nothing', () => {
    // Portfolio Performance, RiskTest: accumulated returns 0, 10 %, 20 %, -140 %.
    expect(maxDrawdownOfValues([1, 1.1, 1.2, -0.4])).toBeCloseTo(4 / 3, 14);
  });

  test('leaves gaps, and what comes before the first value above zero', () => {
    expect(drawdownSeriesOfValues([null, 0, 100, null, 80])).toEqual([null, null, 0, null, expect.closeTo(0.2, 15)]);
    expect([maxDrawdownOfValues([]), maxDrawdownOfValues([0, null])]).toEqual([null, null]);
  });
});
