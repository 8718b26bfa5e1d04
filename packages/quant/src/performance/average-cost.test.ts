import { sumDecimals, toDecimalString } from '@trii/kernel';
import type { Decimal } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { averageCost, buy, FLAT_POSITION, sell, split } from './average-cost.ts';
import type { CostedPosition, CostOptions } from './average-cost.ts';

type Step = readonly ['buy' | 'sell', quantity: string, amount: string, fees?: string];

function play(steps: readonly Step[], options: CostOptions = {}): { position: CostedPosition; gains: string[] } {
  const gains: string[] = [];
  let position = FLAT_POSITION;
  for (const [side, quantity, amount, fees = '0'] of steps) {
    if (side === 'buy') position = buy(position, { quantity, amount, fees }, options).position;
    else {
      const sale = sell(position, { quantity, amount, fees }, options);
      position = sale.position;
      gains.push(toDecimalString(sale.realizedPnl));
    }
  }
  return { position, gains };
}

const text = (position: CostedPosition): string[] => [position.quantity, position.cost, averageCost(position)].map(toDecimalString);

describe('published examples', () => {
  test('taxresource.com: 100 at 10 and 100 at 5 cost 7.50; 100 sold at 2 lose 550', () => {
    const bought = play([
      ['buy', '100', '1000'],
      ['buy', '100', '500'],
    ]);
    expect(text(bought.position)).toEqual(['200', '1500', '7.5']);
    const { position, gains } = play([
      ['buy', '100', '1000'],
      ['buy', '100', '500'],
      ['sell', '100', '200'],
    ]);
    expect(gains).toEqual(['-550']);
    expect(text(position)).toEqual(['100', '750', '7.5']);
  });

  test('propreports.com: five shares for 5.50, one sold at 1.30 gains 0.20', () => {
    const { position, gains } = play([
      ['buy', '1', '1.00'],
      ['buy', '1', '1.10'],
      ['buy', '1', '1.05'],
      ['buy', '1', '1.15'],
      ['buy', '1', '1.20'],
      ['sell', '1', '1.30'],
    ]);
    expect(gains).toEqual(['0.2']);
    expect(text(position)).toEqual(['4', '4.4', '1.1']);
  });

  test('Portfolio Performance, CostCalculationTest: moving average 4,383.74 after 15 of 161 are sold, gain 81.12', () => {
    const { position, gains } = play([
      ['buy', '109', '3149.20'],
      ['buy', '52', '1684.92'],
      ['sell', '15', '531.50'],
    ]);
    expect(position.cost.toFixed(2)).toBe('4383.74');
    expect(Number(gains[0])).toBeCloseTo(81.12, 2);
  });

  test('Portfolio Performance: when the position is flat, no remainder stays in the cost', () => {
    const { position } = play([
      ['buy', '10', '0.01'],
      ['sell', '3', '0.01'],
      ['sell', '3', '0.01'],
      ['sell', '4', '0.01'],
    ]);
    expect(text(position)).toEqual(['0', '0', '0']);
  });
});

describe('fees', () => {
  const steps: Step[] = [
    ['buy', '10', '1000', '10'],
    ['sell', '5', '600', '6'],
  ];

  test('go into the cost and out of the proceeds', () => {
    const { position, gains } = play(steps);
    expect(text(position)).toEqual(['5', '505', '101']);
    expect(gains).toEqual(['89']);
  });

  test('stand beside when told so', () => {
    const { position, gains } = play(steps, { feeInCost: false });
    expect(text(position)).toEqual(['5', '500', '100']);
    expect(gains).toEqual(['100']);
  });
});

test('costs are rounded to eight digits, ties to even', () => {
  const { position, costAdded } = buy(FLAT_POSITION, { quantity: '3', amount: '1.000000005' });
  expect(toDecimalString(costAdded)).toBe('1');
  const sale = sell({ ...position, cost: position.cost }, { quantity: '1', amount: '0.5' });
  expect(toDecimalString(sale.costRemoved)).toBe('0.33333333');
  expect(toDecimalString(sale.position.cost)).toBe('0.66666667');
});

test('a split changes the units, not the cost', () => {
  const { position } = play([['buy', '10', '1000']]);
  expect(text(split(position, 4))).toEqual(['40', '1000', '25']);
  expect(text(split(position, '0.1'))).toEqual(['1', '1000', '1000']);
  expect(() => split(position, 0)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
});

describe('refused', () => {
  const { position } = play([['buy', '10', '1000']]);

  test('more sold than held', () => {
    expect(() => sell(position, { quantity: '10.00000001', amount: '1' })).toThrow(
      expect.objectContaining({ code: 'OVERSOLD', details: { held: '10', sold: '10.00000001' } }),
    );
    expect(() => sell(FLAT_POSITION, { quantity: '1', amount: '1' })).toThrow(expect.objectContaining({ code: 'OVERSOLD' }));
  });

  test.each([
    ['quantity must be above zero', { quantity: '0', amount: '1' }],
    ['quantity must be above zero', { quantity: '-1', amount: '1' }],
    ['amount must be not negative', { quantity: '1', amount: '-0.01' }],
    ['fees must be not negative', { quantity: '1', amount: '1', fees: '-1' }],
  ])('%s: %j', (message, trade) => {
    for (const act of [buy, sell]) expect(() => act(position, trade)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE', message }));
  });

  test('floats', () => {
    expect(() => buy(position, { quantity: 0.1, amount: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_DECIMAL' }));
  });
});

test('nothing is lost or invented over any history', () => {
  const units = fc.integer({ min: 1, max: 10 ** 9 });
  const step = fc.record({ side: fc.constantFrom('buy', 'sell'), quantity: units, cents: units, fees: fc.integer({ min: 0, max: 5000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let position = FLAT_POSITION;
      const paid: Decimal[] = [];
      const received: Decimal[] = [];
      const gains: Decimal[] = [];
      for (const { side, quantity, cents, fees } of steps) {
        const scaled = { quantity: `${quantity}`, amount: (cents / 100).toFixed(2), fees: (fees / 100).toFixed(2) };
        if (side === 'buy') {
          const purchase = buy(position, scaled);
          paid.push(purchase.costAdded);
          position = purchase.position;
        } else if (position.quantity.greaterThanOrEqualTo(quantity)) {
          const before = averageCost(position);
          const sale = sell(position, scaled);
          received.push(sale.costRemoved.plus(sale.realizedPnl));
          gains.push(sale.realizedPnl);
          position = sale.position;
          // The average moves by no more than the rounding of the cost over the units left.
          if (!position.quantity.isZero()) {
            expect(averageCost(position).minus(before).abs().times(position.quantity).lessThanOrEqualTo('0.000000005')).toBe(true);
          }
        }
      }
      // What was paid is in the open position or went out with a sale; what came in is that and the gain.
      expect(
        sumDecimals(paid)
          .minus(position.cost)
          .equals(sumDecimals(received).minus(sumDecimals(gains))),
      ).toBe(true);
      expect(position.cost.isNegative() && !position.cost.isZero()).toBe(false);
    }),
  );
});
