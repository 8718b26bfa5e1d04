import { decimal, Money } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf, feeOf, type FeeSchedule } from './fee-schedule.ts';

const usd = (amount: string) => Money.of(amount, 'USD');
const schedule = (given: {
  perOrder?: string;
  tiers?: readonly (readonly [string | null, string])[];
  minimum?: string;
  maximum?: string;
}): FeeSchedule => ({
  perOrder: decimal(given.perOrder ?? '0'),
  tiers: (given.tiers ?? []).map(([upTo, percent]) => ({ upTo: upTo === null ? null : decimal(upTo), percent: decimal(percent) })),
  minimum: decimal(given.minimum ?? '0'),
  maximum: given.maximum === undefined ? null : decimal(given.maximum),
});
const cost = (given: FeeSchedule, gross: string) => feeOf(given, usd(gross)).amount.toString();

const perOrder = schedule({ perOrder: '4.95' });
const percentage = schedule({ tiers: [[null, '0.25']], minimum: '3', maximum: '40' });
// 0.5 % of the first 10,000, 0.3 % of the next 40,000, 0.1 % of the rest.
const tiered = schedule({
  tiers: [
    ['10000', '0.5'],
    ['50000', '0.3'],
    [null, '0.1'],
  ],
});

describe('the fee of a trade', () => {
  test.each([
    ['per order', perOrder, '1', '4.95'],
    ['per order', perOrder, '1000000', '4.95'],
    ['a percentage', percentage, '4000', '10'],
    ['its minimum', percentage, '100', '3'],
    ['its maximum', percentage, '20000', '40'],
    ['the first slice', tiered, '10000', '50'],
    ['two slices', tiered, '30000', '110'],
    ['three slices', tiered, '60000', '180'],
    // 0.25 % of 1,002.00 and of 1,006.00 are 2.505 and 2.515: to the even cent.
    ['half a cent, to the even one below', schedule({ tiers: [[null, '0.25']] }), '1002', '2.5'],
    ['half a cent, to the even one above', schedule({ tiers: [[null, '0.25']] }), '1006', '2.52'],
    ['nothing', schedule({}), '1000', '0'],
  ])('is %s', (...[, given, gross, expected]) => {
    expect(cost(given, gross)).toBe(expected);
  });

  test('never falls while the worth grows, and is never finer than a cent', () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 });
    fc.assert(
      fc.property(cents, cents, (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map(
          (worth) => feeOf(tiered, usd(decimal(worth).div(100).toString())).amount,
        );
        expect(more?.greaterThanOrEqualTo(less ?? 0)).toBe(true);
        expect(more?.decimalPlaces()).toBeLessThanOrEqual(2);
      }),
    );
  });
});

test('a schedule that cannot be followed says where', () => {
  expect(faultsOf(tiered)).toEqual([]);
  expect(faultsOf(schedule({ tiers: [['10', '1']] }))).toEqual([
    { path: 'tiers.0.upTo', problem: 'null, since the last slice has no end' },
  ]);
  expect(
    faultsOf(
      schedule({
        tiers: [
          [null, '1'],
          [null, '2'],
        ],
      }),
    ),
  ).toEqual([{ path: 'tiers.0.upTo', problem: 'where the slice ends' }]);
  expect(
    faultsOf(
      schedule({
        tiers: [
          ['10', '1'],
          ['10', '2'],
          [null, '3'],
        ],
      }),
    ),
  ).toEqual([{ path: 'tiers.1.upTo', problem: 'more than the slice before' }]);
  expect(faultsOf(schedule({ minimum: '5', maximum: '4' }))).toEqual([{ path: 'maximum', problem: 'at least the minimum' }]);
});
