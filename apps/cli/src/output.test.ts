import { describe, expect, it } from 'vitest';
import { duration, table } from './output.ts';

describe('a duration', () => {
  it.each([
    [0, '0.0 s'],
    [1_250, '1.3 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h 0 min'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms reads %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});

it('a table is as wide as its widest cells, without trailing blanks', () => {
  expect(
    table([
      ['api', 'ready', ''],
      ['postgres', 'up', 'x'],
    ]),
  ).toEqual(['api       ready', 'postgres  up     x']);
  expect(table([])).toEqual([]);
});
