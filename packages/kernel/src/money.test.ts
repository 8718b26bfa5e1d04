import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toDecimalString } from './decimal.ts';
import { Money } from './money.ts';

const usd = (amount: string): Money => Money.of(amount, 'USD');

describe('arithmetic', () => {
  test('adds and subtracts exactly', () => {
    expect(usd('0.1').add(usd('0.2')).toJSON()).toEqual({ amount: '0.3', currency: 'USD' });
    expect(usd('5').subtract(usd('7.25')).toString()).toBe('-2.25 USD');
    expect(usd('12.34').negate().toString()).toBe('-12.34 USD');
    expect(usd('0').negate().toJSON().amount).toBe('0');
  });

  test('refuses two currencies together', () => {
    const pesos = Money.of('1', 'COP');
    for (const combine of [() => usd('1').add(pesos), () => usd('1').subtract(pesos), () => usd('1').compare(pesos)]) {
      expect(combine).toThrow(expect.objectContaining({ code: 'CURRENCY_MISMATCH' }));
    }
    expect(usd('1').equals(pesos)).toBe(false);
    expect(() => Money.sum([usd('1'), pesos], 'USD')).toThrow(expect.objectContaining({ code: 'CURRENCY_MISMATCH' }));
  });

  test('refuses an unknown currency and a float', () => {
    expect(() => Money.of('1', 'usd')).toThrow(expect.objectContaining({ code: 'UNKNOWN_CURRENCY' }));
    expect(() => Money.of(0.1, 'USD')).toThrow(expect.objectContaining({ code: 'INVALID_DECIMAL' }));
  });

  test('the sum of nothing is zero', () => {
    expect(Money.sum([], 'JPY').isZero()).toBe(true);
  });

  test('compares by value, not by notation', () => {
    expect(usd('1.50').equals(usd('1.5'))).toBe(true);
    expect(usd('2').compare(usd('10'))).toBeLessThan(0);
    expect([usd('-1').isNegative(), usd('0').isNegative(), usd('0').isPositive(), usd('1').isPositive()]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('rounding', () => {
  test('goes to the minor unit of the currency', () => {
    expect(usd('1.005').round({ rounding: 'half-even' }).toString()).toBe('1 USD');
    expect(usd('1.005').round({ rounding: 'half-up' }).toString()).toBe('1.01 USD');
    expect(Money.of('1.5', 'JPY').round({ rounding: 'half-even' }).toString()).toBe('2 JPY');
    expect(Money.of('1.23456', 'KWD').round({ rounding: 'down' }).toString()).toBe('1.234 KWD');
    expect(usd('1.23456789').round({ rounding: 'up', scale: 4 }).toString()).toBe('1.2346 USD');
  });

  test('prints the digits of the minor unit', () => {
    expect(usd('1234.5').toFixedString({ rounding: 'half-even' })).toBe('1234.50');
    expect(Money.of('1234.4', 'CLP').toFixedString({ rounding: 'half-even' })).toBe('1234');
  });
});

describe('allocation', () => {
  const parts = (money: Money, weights: readonly string[]): string[] => money.allocate(weights).map((part) => toDecimalString(part.amount));

  // The examples of allocation in Fowler, Patterns of Enterprise Application Architecture, "Money".
  test('splits five cents by three to seven without losing one', () => {
    expect(parts(usd('0.05'), ['3', '7'])).toEqual(['0.02', '0.03']);
  });

  test('gives the cents left over to the largest fractions, the earlier first', () => {
    expect(parts(usd('100'), ['1', '1', '1'])).toEqual(['33.34', '33.33', '33.33']);
    expect(parts(usd('0.10'), ['1', '5', '4', '0'])).toEqual(['0.01', '0.05', '0.04', '0']);
    expect(parts(Money.of('10', 'JPY'), ['1', '1', '4'])).toEqual(['2', '2', '6']);
  });

  test('works on debts', () => {
    expect(parts(usd('-0.05'), ['3', '7'])).toEqual(['-0.02', '-0.03']);
  });

  test('refuses an amount finer than the minor unit, and weights without sense', () => {
    expect(() => usd('0.005').allocate(['1'])).toThrow(expect.objectContaining({ code: 'UNROUNDED_AMOUNT' }));
    for (const weights of [[], ['0'], ['1', '-1']]) expect(() => usd('1').allocate(weights)).toThrow('weights');
  });

  test('always adds up, and no part is a cent away from its share', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 }).filter((all) => all.some((w) => w > 0));
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n), weights, (cents, shares) => {
        const money = usd(String(cents)).multiply('0.01');
        const split = money.allocate(shares);
        expect(Money.sum(split, 'USD').equals(money)).toBe(true);
        const total = shares.reduce((sum, weight) => sum + weight, 0);
        split.forEach((part, i) => {
          const share = money.amount.times(shares[i] ?? 0).div(total);
          expect(part.amount.minus(share).abs().lessThan('0.01')).toBe(true);
        });
      }),
    );
  });
});
