import { expect, test } from 'vitest';
import { excess, present } from './series.ts';

test('gaps are left out, mistakes are refused', () => {
  expect(present([1, null, 2])).toEqual([1, 2]);
  expect(present(Float64Array.of(1, 2))).toEqual([1, 2]);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => present([1, value])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  }
});

test('a level is one figure or one per period', () => {
  expect(excess([0.5, null, 1], 0.25)).toEqual([0.25, 0.75]);
  expect(excess([0.5, null, 1, 2], [0.25, 1, null, 1])).toEqual([0.25, 1]);
  expect(() => excess([1, 2], [1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
  expect(() => excess([1, 2], Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
});
