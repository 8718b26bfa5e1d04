import { decimal, parseLocalDate, sumDecimals, toDecimalString } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lot } from './lots.ts';
import { splitLots, splitUnits, type SplitRatio } from './split-ratio.ts';

const units = (quantity: string, ratio: SplitRatio, scale: number) => {
  const after = splitUnits(decimal(quantity), ratio, scale);
  return [toDecimalString(after.quantity), after.fraction.toFixed(4)];
};

describe('units after a split', () => {
  test('seven for one makes 100 into 700', () => {
    expect(units('100', { from: 1, to: 7 }, 0)).toEqual(['700', '0.0000']);
  });

  test('three for two and one for ten leave fractions where shares are whole', () => {
    // 25 * 3 / 2 = 37.5; 25 / 10 = 2.5
    expect(units('25', { from: 2, to: 3 }, 0)).toEqual(['37', '0.5000']);
    expect(units('25', { from: 10, to: 1 }, 0)).toEqual(['2', '0.5000']);
  });

  test('fractions are held where the instrument allows them, to its smallest part', () => {
    // 10 / 3 = 3.333...
    expect(units('10', { from: 3, to: 1 }, 2)).toEqual(['3.33', '0.0033']);
  });

  test.each([
    [0, 1],
    [1, 0],
    [1, 1.5],
    [-1, 2],
  ])('a ratio of %d to %d is refused', (from, to) => {
    expect(() => splitUnits(decimal('1'), { from, to }, 8)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('lots after a split', () => {
  const lots = (...quantities: string[]): Lot[] =>
    quantities.map((quantity, index) => ({
      openedOn: parseLocalDate(`2020-01-0${index + 1}`),
      quantity: decimal(quantity),
      cost: decimal('100'),
    }));

  test('keep cost and age, and share the units as they shared the old ones', () => {
    const after = splitLots(lots('10', '30'), { from: 1, to: 2 }, decimal('80'));
    expect(after.map(({ quantity, cost }) => [toDecimalString(quantity), toDecimalString(cost)])).toEqual([
      ['20', '100'],
      ['60', '100'],
    ]);
  });

  test('add up to the whole position, whatever the ratio rounds', () => {
    const quantity = fc.integer({ min: 1, max: 10 ** 9 }).map((parts) => decimal(parts).div(10 ** 8));
    const count = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(fc.array(quantity, { minLength: 1, maxLength: 6 }), count, count, (quantities, from, to) => {
        const before = quantities.map((each): Lot => ({ openedOn: parseLocalDate('2020-01-01'), quantity: each, cost: decimal('1') }));
        const total = splitUnits(sumDecimals(quantities), { from, to }, 8).quantity;
        const after = splitLots(before, { from, to }, total).map((lot) => lot.quantity);
        expect(sumDecimals(after).equals(total)).toBe(true);
        for (const each of after) expect(each.isNegative()).toBe(false);
      }),
    );
  });
});
