import { decimal, toDecimalString } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { findRate, isStaleRate, type KnownRate } from './exchange-rate.ts';

const known = (pair: string, rate: string, asOf = '2026-01-05T12:00:00.000Z'): KnownRate => {
  const [from = '', to = ''] = pair.split('/');
  return { from, to, rate: decimal(rate), asOf, source: 'test' };
};
const found = (rates: readonly KnownRate[], from: string, to: string) => {
  const rate = findRate(rates, { from, to }, 'USD');
  return rate && { rate: toDecimalString(rate.rate), path: rate.path, asOf: rate.asOf, legs: rate.legs.length };
};

describe('findRate', () => {
  const AT = '2026-01-05T12:00:00.000Z';

  it('takes an entered rate as it is', () => {
    expect(found([known('EUR/USD', '1.0845')], 'EUR', 'USD')).toEqual({ rate: '1.0845', path: 'direct', asOf: AT, legs: 1 });
  });

  // 1 / 3950 = 0.000253164556962025316..., cut at 18 digits: the next one is a 3.
  it('turns one round that was entered the other way', () => {
    expect(found([known('USD/COP', '3950')], 'COP', 'USD')).toEqual({
      rate: '0.000253164556962025',
      path: 'inverse',
      asOf: AT,
      legs: 1,
    });
  });

  // EUR -> USD -> COP: 1.25 x 4000. COP -> USD -> EUR: 1 / 4000 / 1.25 = 0.0002.
  it.each([
    ['EUR', 'COP', '5000'],
    ['COP', 'EUR', '0.0002'],
  ])('goes from %s to %s by way of the pivot, as old as its older half', (from, to, rate) => {
    const rates = [known('EUR/USD', '1.25', '2026-01-02T00:00:00.000Z'), known('USD/COP', '4000')];
    expect(found(rates, from, to)).toEqual({ rate, path: 'cross', asOf: '2026-01-02T00:00:00.000Z', legs: 2 });
  });

  it('takes the newer of a rate and its opposite, and the entered one when both are of one time', () => {
    const older = known('EUR/USD', '1.1', '2026-01-01T00:00:00.000Z');
    expect(found([older, known('USD/EUR', '0.8')], 'EUR', 'USD')).toMatchObject({ rate: '1.25', path: 'inverse' });
    expect(found([known('EUR/USD', '1.1'), known('USD/EUR', '0.8')], 'EUR', 'USD')).toMatchObject({ rate: '1.1', path: 'direct' });
  });

  it('goes no detour where the pair itself has a rate', () => {
    const rates = [known('EUR/COP', '4900', '2025-01-01T00:00:00.000Z'), known('EUR/USD', '1.25'), known('USD/COP', '4000')];
    expect(found(rates, 'EUR', 'COP')).toMatchObject({ rate: '4900', path: 'direct' });
  });

  it('has nothing for a pair without a way, and goes by way of the pivot alone', () => {
    const rates = [known('EUR/GBP', '0.9'), known('GBP/JPY', '190')];
    expect(found(rates, 'EUR', 'JPY')).toBeUndefined();
    expect(found([], 'EUR', 'USD')).toBeUndefined();
  });

  it('knows that a currency is worth one of itself, at any time', () => {
    expect(found([], 'EUR', 'EUR')).toEqual({ rate: '1', path: 'same', asOf: null, legs: 0 });
    expect(isStaleRate({ asOf: null }, AT, 1)).toBe(false);
  });
});

it.each([
  ['2026-01-04T12:00:00.000Z', false],
  ['2026-01-04T11:59:59.999Z', true],
])('a rate of %s is stale after 24 hours, not at them: %s', (asOf, stale) => {
  expect(isStaleRate({ asOf }, '2026-01-05T12:00:00.000Z', 24)).toBe(stale);
});
