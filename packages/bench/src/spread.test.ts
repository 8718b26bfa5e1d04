import { expect, test } from 'vitest';
import { spreadOf } from './spread.ts';

test('the median of an odd count is the middle one', () => {
  expect(spreadOf([0.9, 0.7, 0.8])).toEqual({ median: 0.8, min: 0.7, max: 0.9 });
});

test('the median of an even count lies between the middle two', () => {
  expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
});

test('one value is its own median, smallest and largest', () => {
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
});

test('nothing has no median', () => {
  expect(() => spreadOf([])).toThrow('there is something to measure');
});
