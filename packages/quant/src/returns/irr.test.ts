import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { irr, periodicIrr } from './irr.ts';
import type { RateOfReturn } from './irr.ts';

function unique(result: RateOfReturn): number {
  expect(result.kind).toBe('unique');
  return result.kind === 'unique' ? result.rate : Number.NaN;
}

// numpy-financial's and pyxirr's tests of irr.
test.each([
  [[-150_000, 15_000, 25_000, 35_000, 45_000, 60_000], 0.052_432_888_85],
  [[-100, 0, 0, 74], -0.095_495_830_34],
  [[-40_000, 5000, 8000, 12_000, 30_000], 0.105_822_598_4],
  [[-161_445.03, 2113.73, 7626.73, 8619.84, 8612.92], -0.436_581_346_35],
])('of %j is %d a period', (amounts, rate) => {
  expect(unique(periodicIrr(amounts))).toBeCloseTo(rate, 8);
});

test('takes flows at any time, in any order', () => {
  // analystforum.com: -100 and -266 a year later for 396 after two.
  const flows = [
    { time: 2, amount: 396 },
    { time: 0, amount: -100 },
    { time: 1, amount: -266 },
  ];
  expect(unique(irr(flows))).toBeCloseTo(0.0635, 4);
});

describe('several rates', () => {
  test('are reported as such', () => {
    // -100, 230, -132 is 100 (1.1 - x)(x - 1.2) with x = 1 + rate.
    const result = periodicIrr([-100, 230, -132]);
    expect(result).toEqual({ kind: 'several', rates: [expect.closeTo(0.1, 12), expect.closeTo(0.2, 12)] });
  });

  test('on both sides of zero, and zero itself', () => {
    // (x - 0.5)(x - 1)(x - 2) = x^3 - 3.5 x^2 + 3.5 x - 1
    const result = periodicIrr([1, -3.5, 3.5, -1]);
    expect(result).toEqual({ kind: 'several', rates: [expect.closeTo(-0.5, 12), expect.closeTo(0, 12), expect.closeTo(1, 12)] });
  });

  test.each([-0.3, 0.05, 0.07, 0.1, 0.25, 1])('that fall together at %d count once', (rate) => {
    // (x - 1 - rate)^2
    expect(unique(periodicIrr([1, -2 * (1 + rate), (1 + rate) ** 2]))).toBeCloseTo(rate, 6);
  });

  test('of numpy-financial, whose solver finds the second', () => {
    const result = periodicIrr([-5, 10.5, 1, -8, 1]);
    expect(result.kind).toBe('several');
    expect(result.kind === 'several' ? result.rates : []).toContainEqual(expect.closeTo(0.088_598_338_52, 8));
  });

  test('are all found when the flows are made from them', () => {
    const roots = fc.uniqueArray(fc.integer({ min: -90, max: 300 }), {
      minLength: 2,
      maxLength: 5,
      comparator: (a, b) => Math.abs(a - b) < 10,
    });
    fc.assert(
      fc.property(roots, (percents) => {
        const rates = percents.map((percent) => percent / 100).toSorted((a, b) => a - b);
        const amounts = rates.reduce<number[]>(
          (product, rate) => [...product, 0].map((_, i) => (product[i] ?? 0) - (1 + rate) * (product[i - 1] ?? 0)),
          [1],
        );
        expect(periodicIrr(amounts)).toEqual({ kind: 'several', rates: rates.map((rate) => expect.closeTo(rate, 6) as number) });
      }),
    );
  });
});

describe('no rate', () => {
  test.each([
    ['no flows', []],
    ['one flow', [-100]],
    ['flows of one sign', [100, 50]],
    ['flows that never balance', [100, -150, 100]],
    ['zeros', [0, 0, 0]],
  ])('for %s', (_what, amounts) => {
    expect(periodicIrr(amounts)).toEqual({ kind: 'none' });
  });

  test('for flows that cancel out at each time', () => {
    const flows = [0.1, 0.2, -0.3].map((amount) => ({ time: 0, amount }));
    expect(irr(flows)).toEqual({ kind: 'none' });
    const later = [
      { time: 1, amount: -100 },
      { time: 2, amount: 110 },
    ];
    expect(unique(irr([...flows, ...later]))).toBeCloseTo(0.1, 14);
  });
});

test('refuses NaN', () => {
  expect(() => periodicIrr([-100, Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
});

test('an investment followed by receipts has one rate, at which it is worth nothing', () => {
  const receipts = fc.array(fc.record({ time: fc.integer({ min: 1, max: 3650 }), amount: fc.integer({ min: 1, max: 1_000_000 }) }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.integer({ min: 100_000, max: 3_000_000 }), receipts, (paid, received) => {
      const flows = [{ time: 0, amount: -paid }, ...received.map(({ time, amount }) => ({ time: time / 365, amount }))];
      const result = irr(flows);
      // A gain of many times the stake within days is beyond the searched rates.
      if (result.kind === 'none') return;
      const rate = unique(result);
      const worth = flows.reduce((sum, { time, amount }) => sum + amount / (1 + rate) ** time, 0);
      // A rate close to -1 is only told from its neighbours by so much: 1 + rate keeps few of its digits.
      const step = Number.EPSILON / (1 + rate);
      const perStep = flows.reduce((sum, { time, amount }) => sum + Math.abs(amount * time) / (1 + rate) ** time, 0);
      expect(Math.abs(worth)).toBeLessThan(paid * 1e-7 + step * perStep);
    }),
  );
});
