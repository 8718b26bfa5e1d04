import { expect, test } from 'vitest';
import { cumulativeReturn, cumulativeReturns, wealthIndex } from './cumulative-return.ts';

// empyrical/tests/test_stats.py: mixed_returns and test_cum_returns, test_cum_returns_final.
const MIXED = [null, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];

test('links returns geometrically, a gap as none', () => {
  const published = [0, 0.01, 0.111, 0.066_559, 0.087_89, 0.120_52, 0.142_93, 0.154_36, 0.038_93];
  expect(cumulativeReturns(MIXED)).toEqual(published.map((value) => expect.closeTo(value, 4) as number));
  expect(wealthIndex(MIXED, { start: 100 })).toEqual(published.map((value) => expect.closeTo(100 + 100 * value, 2) as number));
  expect(cumulativeReturn(MIXED)).toBeCloseTo(0.03893, 5);
  expect(cumulativeReturn([0.1625, -0.0556])).toBeCloseTo(0.0979, 4);
});

test('of no returns, or gaps only, is not defined', () => {
  expect([cumulativeReturn([]), cumulativeReturn([null, null])]).toEqual([null, null]);
  expect(cumulativeReturns([])).toEqual([]);
  expect(cumulativeReturns([null])).toEqual([0]);
});

test('of one return is that return', () => {
  expect(cumulativeReturn([0.01])).toBeCloseTo(0.01, 15);
});

test('stays at a total loss', () => {
  expect(cumulativeReturns([-1, 0.5])).toEqual([-1, -1]);
});

test('refuses NaN', () => {
  expect(() => cumulativeReturn([0.1, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  expect(() => wealthIndex([Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
});
