import { describe, expect, test } from 'vitest';
import { logReturns } from './log-returns.ts';
import { simpleReturns } from './simple-returns.ts';

// The first closes of AAPL in ffn's test data (tests/data/test_data.csv): its tests expect -0.019 for the first return of either kind.
const AAPL = [45.22, 44.37];

test('returns of published prices', () => {
  expect(simpleReturns(AAPL)[0]).toBeCloseTo(-0.019, 3);
  expect(logReturns(AAPL)[0]).toBeCloseTo(-0.019, 3);
  expect(simpleReturns([100, 110, 99])).toEqual([expect.closeTo(0.1, 15), expect.closeTo(-0.1, 15)]);
  expect(logReturns([1, Math.E, 1])).toEqual([expect.closeTo(1, 15), expect.closeTo(-1, 15)]);
});

test('log returns add up to the logarithm of the whole', () => {
  const prices = [100, 93.5, 120.25, 118];
  expect(logReturns(prices).reduce<number>((sum, r) => sum + (r ?? 0), 0)).toBeCloseTo(Math.log(1.18), 14);
});

describe.each([
  ['simple', simpleReturns],
  ['log', logReturns],
])('%s returns', (_kind, returnsOf) => {
  test('of fewer than two prices are none', () => {
    expect(returnsOf([])).toEqual([]);
    expect(returnsOf([100])).toEqual([]);
  });

  test('beside a gap are gaps', () => {
    expect(returnsOf([100, null, 100, 100])).toEqual([null, null, 0]);
  });

  test('of a flat price are zero', () => {
    expect(returnsOf([5, 5, 5])).toEqual([0, 0]);
  });

  test.each([
    ['a zero base', [0, 100]],
    ['a negative price', [100, -1]],
    ['a negative first price', [-1]],
  ])('are refused for %s', (_what, prices) => {
    expect(() => returnsOf(prices)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  test('are refused for NaN', () => {
    expect(() => returnsOf([100, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

test('a price may end at zero: everything lost, and no logarithm of it', () => {
  expect(simpleReturns([100, 0])).toEqual([-1]);
  expect(() => logReturns([100, 90, 0])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE', details: { index: 2 } }));
});
