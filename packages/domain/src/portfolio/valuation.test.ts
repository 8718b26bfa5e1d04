import { decimal, toDecimalString } from '@trii/kernel';
import { describe, expect, test } from 'vitest';
import { valuePositions, type HeldPosition } from './valuation.ts';

const held = (over: Partial<HeldPosition>): HeldPosition => ({
  instrumentId: '018f0000-0000-7000-8000-00000000000a',
  symbol: 'TRK',
  name: 'Tracker',
  quantity: decimal('7'),
  avgCost: decimal('100.5'),
  costBasis: decimal('703.5'),
  currency: 'USD',
  rate: decimal('1'),
  price: decimal('110'),
  priceDate: '2018-05-25',
  ...over,
});
const text = (value: Parameters<typeof toDecimalString>[0] | null) => (value === null ? null : toDecimalString(value));

describe('the valuation of a portfolio', () => {
  test("is cash plus quantity times close, with each position's gain and share", () => {
    const apple = held({ symbol: 'AAPL', quantity: decimal('0.5'), costBasis: decimal('80'), price: decimal('200') });
    const valuation = valuePositions(decimal('130'), [held({}), apple]);
    // 7 x 110 = 770; 0.5 x 200 = 100; with 130 in cash 1,000. Gains: 770 - 703.50 = 66.50; 100 - 80 = 20.
    expect(text(valuation.totalValue)).toBe('1000');
    expect(text(valuation.investedAmount)).toBe('783.5');
    expect(text(valuation.unrealizedPnl)).toBe('86.5');
    expect(
      valuation.positions.map(({ currentValue, unrealizedPnl, allocationPercentage }) => [
        currentValue,
        unrealizedPnl,
        allocationPercentage,
      ]),
    ).toEqual([
      ['770', '66.5', 77],
      ['100', '20', 10],
    ]);
  });

  test('of a held instrument without any price is unknown, not zero, and so is the whole', () => {
    const valuation = valuePositions(decimal('130'), [held({}), held({ symbol: 'NEW', price: null, priceDate: null })]);
    expect(valuation.totalValue).toBeNull();
    expect(valuation.unrealizedPnl).toBeNull();
    expect(text(valuation.investedAmount)).toBe('1407');
    const [priced, unpriced] = valuation.positions;
    expect(priced).toMatchObject({ currentValue: '770', unrealizedPnl: '66.5', allocationPercentage: null });
    expect(unpriced).toMatchObject({
      currentPrice: null,
      priceDate: null,
      currentValue: null,
      unrealizedPnl: null,
      allocationPercentage: null,
    });
  });

  test('of an instrument in another currency is what its price is worth at the rate, and unknown without one', () => {
    const euros = held({ symbol: 'SAP', currency: 'EUR', quantity: decimal('3'), price: decimal('1.11111111'), rate: decimal('1.5') });
    // 3 x 1.11111111 x 1.5 = 4.999999995, a tie at eight digits: to the even 5.00000000.
    const [position] = valuePositions(decimal('0'), [euros]).positions;
    expect(position).toMatchObject({ currencyCode: 'EUR', currentPrice: '1.11111111', currentValue: '5', unrealizedPnl: '-698.5' });
    expect(valuePositions(decimal('130'), [held({}), { ...euros, rate: null }])).toMatchObject({ totalValue: null, unrealizedPnl: null });
    expect(text(valuePositions(null, [held({})]).totalValue)).toBeNull();
  });

  test('of nothing held is the cash, and the share of nothing is not computed', () => {
    expect(text(valuePositions(decimal('12.34'), []).totalValue)).toBe('12.34');
    const worthless = valuePositions(decimal(0), [held({ price: decimal(0) })]);
    expect(text(worthless.totalValue)).toBe('0');
    expect(worthless.positions[0]).toMatchObject({ currentValue: '0', unrealizedPnl: '-703.5', allocationPercentage: null });
  });

  test('rounds a value to eight digits and a share to four, ties to even', () => {
    const valuation = valuePositions(decimal('2'), [
      held({ quantity: decimal('0.00000001'), price: decimal('0.5'), costBasis: decimal(0) }),
      held({ quantity: decimal(1), price: decimal(1) }),
    ]);
    // 0.00000001 x 0.5 = 0.000000005, a tie between 0.00000000 and 0.00000001: the even digit is 0. One of three is 33.3333 %.
    expect(valuation.positions.map(({ currentValue, allocationPercentage }) => [currentValue, allocationPercentage])).toEqual([
      ['0', 0],
      ['1', 33.3333],
    ]);
  });
});
