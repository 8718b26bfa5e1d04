import { decimal, parseLocalDate, sumDecimals, toDecimalString } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byHoldingPeriod, mergeLots, relieveLots, type Lot, type ReliefOptions } from './lots.ts';

const lot = (openedOn: string, quantity: string, unitCost: string): Lot => ({
  openedOn: parseLocalDate(openedOn),
  quantity: decimal(quantity),
  cost: decimal(quantity).times(unitCost),
});
/** `units @ cost of all`, as a reader would write it. */
const short = (lots: readonly Lot[]) => lots.map(({ quantity, cost }) => `${toDecimalString(quantity)} @ ${toDecimalString(cost)}`);
const shown = (lots: readonly Lot[], quantity: string, options?: ReliefOptions) => {
  const { relieved, remaining, costRemoved } = relieveLots(lots, quantity, options);
  return { relieved: short(relieved), remaining: short(remaining), costRemoved: toDecimalString(costRemoved) };
};

describe('published examples', () => {
  // beancount, parser/booking_full_test.py, test_ambiguous__FIFO and __LIFO
  const beancount = [lot('2015-10-02', '5', '111.11'), lot('2015-10-01', '4', '100'), lot('2015-10-03', '6', '122.22')];

  test('beancount: FIFO takes the oldest first, whatever order they are listed in', () => {
    expect(shown(beancount, '9')).toMatchObject({ remaining: ['6 @ 733.32'], costRemoved: '955.55' });
  });

  test('beancount: LIFO takes the newest first, the last of them in part', () => {
    expect(shown(beancount, '12', { order: 'LIFO' })).toEqual({
      relieved: ['6 @ 733.32', '5 @ 555.55', '1 @ 100'],
      remaining: ['3 @ 300'],
      costRemoved: '1388.87',
    });
    expect(shown(beancount, '15', { order: 'LIFO' })).toMatchObject({ remaining: [], costRemoved: '1688.87' });
  });

  test.each(['FIFO', 'LIFO', 'HIFO'] as const)('beancount: %s refuses more than is there', (order) => {
    expect(() => relieveLots(beancount, '16', { order })).toThrow(expect.objectContaining({ code: 'OVERSOLD' }));
  });

  test('beancount: lots merged cost their average', () => {
    const merged = mergeLots([lot('2015-10-01', '60', '100'), lot('2015-10-02', '40', '110')]);
    expect(shown(merged === undefined ? [] : [merged], '20')).toEqual({
      relieved: ['20 @ 2080'],
      remaining: ['80 @ 8320'],
      costRemoved: '2080',
    });
  });

  test('rotki: HIFO takes the dearest units first', () => {
    const lots = [lot('2020-01-01', '1', '3'), lot('2020-01-11', '5', '1'), lot('2020-01-01', '1', '2')];
    expect(shown(lots, '6', { order: 'HIFO' })).toEqual({ relieved: ['1 @ 3', '1 @ 2', '4 @ 4'], remaining: ['1 @ 1'], costRemoved: '9' });
  });

  test('rotki: what no lot covers cost nothing where records may be incomplete', () => {
    const relief = relieveLots([lot('2020-01-01', '1', '1')], '2', { order: 'HIFO', shortfall: 'zero-cost' });
    expect([relief.remaining, toDecimalString(relief.missing), toDecimalString(relief.costRemoved)]).toEqual([[], '1', '1']);
  });

  test('rotki: a lot held a year is told from a younger one', () => {
    const relief = relieveLots([lot('2015-11-08', '5', '268.1')], '3');
    const soon = byHoldingPeriod(relief, parseLocalDate('2016-07-01'), 365);
    const later = byHoldingPeriod(relief, parseLocalDate('2016-12-02'), 365);
    expect([soon.short, soon.long].map(({ cost }) => toDecimalString(cost))).toEqual(['804.3', '0']);
    expect([later.short, later.long].map(({ cost }) => toDecimalString(cost))).toEqual(['0', '804.3']);
  });

  test('beancount: 51 of 100 at their average, 100.50, leave 49 at the same', () => {
    const merged = mergeLots([lot('2015-10-01', '50', '100'), lot('2015-10-01', '50', '101')]);
    expect(shown(merged === undefined ? [] : [merged], '51')).toEqual({
      relieved: ['51 @ 5125.5'],
      remaining: ['49 @ 4924.5'],
      costRemoved: '5125.5',
    });
  });

  test('rotki: average cost as one lot after eleven trades, of which the last sold what was not there any more', () => {
    // rotki, test_cost_basis.py, test_accounting_average_cost_basis: units (sold with a minus) and price
    const trades = [
      ['2', '10'],
      ['-1', '15'],
      ['1', '30'],
      ['-1.5', '10'],
      ['3', '20'],
      ['-2', '30'],
      ['-1.5', '10'],
      ['1', '10'],
      ['-0.5', '5'],
      ['-0.6', '5'],
      ['-0.5', '5'],
    ] as const;
    let held: readonly Lot[] = [];
    let gain = decimal(0);
    for (const [units, price] of trades) {
      if (!units.startsWith('-')) {
        const merged = mergeLots([...held, lot('2020-01-01', units, price)]);
        held = merged === undefined ? [] : [merged];
        continue;
      }
      const relief = relieveLots(held, units.slice(1), { shortfall: 'zero-cost' });
      gain = decimal(units).negated().times(price).minus(relief.costRemoved);
      held = relief.remaining;
    }
    expect({ gain: toDecimalString(gain), held }).toEqual({ gain: '2.5', held: [] });
  });

  test('IRS Publication 564, table 3: 210 shares sold by FIFO cost 5,000', () => {
    const lots = [lot('2001-01-01', '160', '25'), lot('2001-02-01', '240', '20'), lot('2001-03-01', '10', '30')];
    expect(shown(lots, '210')).toEqual({
      relieved: ['160 @ 4000', '50 @ 1000'],
      remaining: ['190 @ 3800', '10 @ 300'],
      costRemoved: '5000',
    });
  });
});

test('a lot is long from the day that completes its period on', () => {
  const relief = relieveLots([lot('2019-03-01', '1', '7')], '1');
  // 365 days from 1 March 2019 to 29 February 2020, a leap year's
  expect(toDecimalString(byHoldingPeriod(relief, parseLocalDate('2020-02-28'), 365).long.cost)).toBe('0');
  expect(toDecimalString(byHoldingPeriod(relief, parseLocalDate('2020-02-29'), 365).long.cost)).toBe('7');
});

describe('whatever is sold', () => {
  const anyLot = fc.record({
    openedOn: fc.integer({ min: 1, max: 28 }).map((day) => parseLocalDate(`2020-02-${String(day).padStart(2, '0')}`)),
    quantity: fc.integer({ min: 1, max: 10 ** 12 }).map((units) => decimal(units).div(10 ** 8)),
    cost: fc.integer({ min: 0, max: 10 ** 12 }).map((units) => decimal(units).div(10 ** 8)),
  });

  test('nothing is lost and nothing appears: what leaves and what stays add up', () => {
    fc.assert(
      fc.property(
        fc.array(anyLot, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom('FIFO', 'LIFO', 'HIFO'),
        (lots, part, order) => {
          const held = sumDecimals(lots.map(({ quantity }) => quantity));
          const wanted = held.times(part).div(1000).toDecimalPlaces(8);
          if (wanted.isZero()) return;
          const { relieved, remaining } = relieveLots(lots, wanted, { order });
          const sum = (of: readonly Lot[], field: 'quantity' | 'cost') => sumDecimals(of.map((each) => each[field]));
          expect(sum(relieved, 'quantity').equals(wanted)).toBe(true);
          expect(sum(relieved, 'quantity').plus(sum(remaining, 'quantity')).equals(held)).toBe(true);
          expect(sum(relieved, 'cost').plus(sum(remaining, 'cost')).equals(sum(lots, 'cost'))).toBe(true);
          for (const { quantity, cost } of [...relieved, ...remaining]) expect(quantity.greaterThan(0) && !cost.isNegative()).toBe(true);
        },
      ),
    );
  });

  test('a sale of nothing is refused, and of nothing held', () => {
    expect(() => relieveLots([lot('2020-01-01', '1', '1')], '0')).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => relieveLots([], '1')).toThrow(expect.objectContaining({ code: 'OVERSOLD' }));
    expect(mergeLots([])).toBeUndefined();
  });
});
