import { Decimal as ForeignDecimal } from 'decimal.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decimal,
  decimalFromFloat,
  isDecimalString,
  maxDecimal,
  minDecimal,
  roundDecimal,
  sumDecimals,
  toDecimalString,
  toFixedString,
} from './decimal.ts';
import type { RoundingMode } from './decimal.ts';

describe('reading', () => {
  test.each(['0', '-0', '12.50', '-3', '0.00000001', '99999999999999999999.99999999'])('takes the plain string %s', (text) => {
    expect(decimal(text).equals(new ForeignDecimal(text))).toBe(true);
  });

  test.each(['', ' 1', '1e5', '1E-7', '+1', '.5', '5.', '0x10', 'NaN', 'Infinity', '1_000', '1,5', '٣', `1${'0'.repeat(60)}`])(
    'refuses the string %j',
    (text) => {
      expect(() => decimal(text)).toThrow(expect.objectContaining({ code: 'INVALID_DECIMAL' }));
    },
  );

  test.each([0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses the number %d', (value) => {
    expect(() => decimal(value)).toThrow(expect.objectContaining({ code: 'INVALID_DECIMAL' }));
  });

  test('takes safe integers and decimals of another library copy, which then compute by our rules', () => {
    expect(toDecimalString(decimal(-42))).toBe('-42');
    const third = decimal(new ForeignDecimal(1)).div(3);
    expect(third.precision()).toBe(50);
  });

  test('a settings change elsewhere does not reach us', () => {
    const before = ForeignDecimal.precision;
    ForeignDecimal.set({ precision: 3 });
    try {
      expect(toDecimalString(decimal('1.23456').plus('1'))).toBe('2.23456');
    } finally {
      ForeignDecimal.set({ precision: before });
    }
  });

  test('a float becomes the digits that JavaScript prints', () => {
    expect(toDecimalString(decimalFromFloat(0.1))).toBe('0.1');
    expect(toDecimalString(decimalFromFloat(1e-9))).toBe('0.000000001');
    expect(() => decimalFromFloat(Number.NaN)).toThrow(expect.objectContaining({ code: 'INVALID_DECIMAL' }));
  });
});

describe('decimal strings on the wire', () => {
  test('default to 20 digits before and 8 after the point', () => {
    expect(isDecimalString(`${'9'.repeat(20)}.${'9'.repeat(8)}`)).toBe(true);
    expect(isDecimalString('9'.repeat(21))).toBe(false);
    expect(isDecimalString('0.123456789')).toBe(false);
    expect(isDecimalString('0.123456789', { fractionDigits: 10 })).toBe(true);
    expect(isDecimalString('1.0', { fractionDigits: 0 })).toBe(false);
  });

  test.each(['01', '-', '1.', '.1', '+1', '1e2', ' 1', '1\n', ''])('%j is none', (text) => {
    expect(isDecimalString(text)).toBe(false);
  });

  test('have bounds that make sense', () => {
    for (const bounds of [{ integerDigits: 0 }, { integerDigits: 51 }, { fractionDigits: -1 }, { fractionDigits: 51 }]) {
      expect(() => isDecimalString('1', bounds)).toThrow('must be');
    }
  });

  test('neither is a number', () => {
    expect(isDecimalString(1)).toBe(false);
  });
});

describe('writing', () => {
  test('is canonical: plain, without trailing zeros or negative zero', () => {
    expect(toDecimalString(decimal('1.500'))).toBe('1.5');
    expect(toDecimalString(decimal('100'))).toBe('100');
    expect(toDecimalString(decimal('-0'))).toBe('0');
    expect(toDecimalString(decimal('0.0000001').times('0.0000001'))).toBe('0.00000000000001');
    expect(String(decimal('10').pow(30))).toBe(`1${'0'.repeat(30)}`);
  });

  test('pads to a fixed scale and never prints negative zero', () => {
    expect(toFixedString(decimal('2'), { scale: 8, rounding: 'half-even' })).toBe('2.00000000');
    expect(toFixedString(decimal('-0.001'), { scale: 2, rounding: 'half-up' })).toBe('0.00');
  });
});

// The table of roundings to whole numbers in the documentation of java.math.RoundingMode.
const JAVA_TABLE: ReadonlyArray<readonly [string, Record<RoundingMode, string>]> = [
  ['5.5', { up: '6', down: '5', 'half-up': '6', 'half-even': '6' }],
  ['2.5', { up: '3', down: '2', 'half-up': '3', 'half-even': '2' }],
  ['1.6', { up: '2', down: '1', 'half-up': '2', 'half-even': '2' }],
  ['1.1', { up: '2', down: '1', 'half-up': '1', 'half-even': '1' }],
  ['1.0', { up: '1', down: '1', 'half-up': '1', 'half-even': '1' }],
  ['-1.0', { up: '-1', down: '-1', 'half-up': '-1', 'half-even': '-1' }],
  ['-1.1', { up: '-2', down: '-1', 'half-up': '-1', 'half-even': '-1' }],
  ['-1.6', { up: '-2', down: '-1', 'half-up': '-2', 'half-even': '-2' }],
  ['-2.5', { up: '-3', down: '-2', 'half-up': '-3', 'half-even': '-2' }],
  ['-5.5', { up: '-6', down: '-5', 'half-up': '-6', 'half-even': '-6' }],
];

describe('rounding', () => {
  test.each(JAVA_TABLE)('of %s agrees with java.math.RoundingMode', (value, expected) => {
    for (const [rounding, result] of Object.entries(expected)) {
      expect(toFixedString(decimal(value), { scale: 0, rounding: rounding as RoundingMode })).toBe(result);
    }
  });

  test('to a scale with more digits than fifty is refused', () => {
    expect(() => roundDecimal(decimal(1), { scale: 51, rounding: 'down' })).toThrow('scale');
  });
});

test('sums exactly what floats do not', () => {
  expect(toDecimalString(sumDecimals([decimal('0.1'), decimal('0.2')]))).toBe('0.3');
  expect(toDecimalString(sumDecimals([]))).toBe('0');
});

test('the lesser and the greater of two', () => {
  expect(toDecimalString(minDecimal(decimal('2'), decimal('10')))).toBe('2');
  expect(toDecimalString(maxDecimal(decimal('2'), decimal('10')))).toBe('10');
});

test('any scaled integer survives writing and reading, as BigInt arithmetic says', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 28n), 10n ** 28n), (units) => {
      const digits = (units < 0n ? -units : units).toString().padStart(9, '0');
      const text = `${units < 0n ? '-' : ''}${digits.slice(0, -8)}.${digits.slice(-8)}`;
      expect(toFixedString(decimal(text), { scale: 8, rounding: 'down' })).toBe(text);
      expect(BigInt(decimal(text).times(decimal(10).pow(8)).toFixed())).toBe(units);
    }),
  );
});
