import { expect, test } from 'vitest';
import { Money } from './money.ts';
import { Quantity } from './quantity.ts';

test('holds eight digits after the point and refuses a ninth', () => {
  expect(Quantity.of('0.00000001').toString()).toBe('0.00000001');
  expect(Quantity.of('1.500000000').toString()).toBe('1.5');
  expect(() => Quantity.of('0.000000001')).toThrow(expect.objectContaining({ code: 'QUANTITY_TOO_FINE' }));
});

test('adds, subtracts and compares exactly', () => {
  expect(Quantity.of('0.1').add(Quantity.of('0.2')).equals(Quantity.of('0.3'))).toBe(true);
  expect(Quantity.of('1').subtract(Quantity.of('3')).toString()).toBe('-2');
  expect(Quantity.of('2').compare(Quantity.of('10'))).toBeLessThan(0);
  expect(Quantity.of('2').negate().isNegative()).toBe(true);
  expect([Quantity.zero().isZero(), Quantity.zero().isPositive(), Quantity.of('1').isPositive()]).toEqual([true, false, true]);
});

test('times a price is exact money, rounded only where it is asked to', () => {
  const value = Quantity.of('0.33333333').times(Money.of('187.77', 'USD'));
  expect(value.toString()).toBe('62.5899993741 USD');
  expect(value.toFixedString({ rounding: 'half-even' })).toBe('62.59');
});

test('prints as numeric(20,8) and travels as a string', () => {
  expect(Quantity.of('12').toFixedString()).toBe('12.00000000');
  expect(JSON.stringify({ quantity: Quantity.of('12.10') })).toBe('{"quantity":"12.1"}');
});
