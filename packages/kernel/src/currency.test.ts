import { expect, test } from 'vitest';
import { CURRENCY_CODES, isCurrencyCode, minorUnitOf } from './currency.ts';

// ISO 4217 list one, read off for currencies of every kind of minor unit.
test.each([
  ['USD', 2],
  ['EUR', 2],
  ['COP', 2],
  ['MXN', 2],
  ['BRL', 2],
  ['PEN', 2],
  ['JPY', 0],
  ['CLP', 0],
  ['KRW', 0],
  ['PYG', 0],
  ['KWD', 3],
  ['TND', 3],
  ['CLF', 4],
])('%s has %i digits after the point', (currency, digits) => {
  expect(minorUnitOf(currency)).toBe(digits);
});

test('what is no active currency is refused', () => {
  expect(isCurrencyCode(7)).toBe(false);
  for (const code of ['usd', 'XAU', 'DEM', '', 'USDT', 'toString']) {
    expect(isCurrencyCode(code)).toBe(false);
    expect(() => minorUnitOf(code)).toThrow(expect.objectContaining({ code: 'UNKNOWN_CURRENCY' }));
  }
});

test('codes are three capital letters, each once, in order', () => {
  expect(CURRENCY_CODES.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  expect(new Set(CURRENCY_CODES).size).toBe(CURRENCY_CODES.length);
  expect(CURRENCY_CODES).toEqual(CURRENCY_CODES.toSorted());
});

test('knows what the runtime itself knows of minor units', () => {
  // Intl follows CLDR, which deviates from ISO for cash habits; these are the currencies where both agree.
  const differing = CURRENCY_CODES.filter((currency) => {
    const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    return digits !== minorUnitOf(currency);
  });
  expect(CURRENCY_CODES.length - differing.length).toBeGreaterThan(140);
});
