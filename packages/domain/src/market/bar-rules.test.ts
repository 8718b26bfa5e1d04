import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barFault, type QuotedBar, storableNumber } from './bar-rules.ts';

const sound: QuotedBar = { open: '10', high: '12', low: '9.5', close: '11', volume: '1000' };
const reasonOf = (bar: Partial<QuotedBar>) => barFault({ ...sound, ...bar })?.reason ?? 'none';

describe('storableNumber', () => {
  it.each([
    ['12.5', '12.5'],
    ['0.00000001', '0.00000001'],
    ['999999999999.99999999', '999999999999.99999999'],
    ['+3', '3'],
    ['-3.10', '-3.1'],
    ['-0.00', '0'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['0000000000000012.50', '12.5'],
    ['1.500000000000', '1.5'],
    ['1.5E+9', '1500000000'],
    ['931.8e6', '931800000'],
    ['25e-3', '0.025'],
    ['12345e-7', '0.0012345'],
  ])('takes %s for %s', (text, plain) => {
    expect(storableNumber(text)).toBe(plain);
  });

  it.each(['abc', 'NaN', 'null', 'Infinity', '-', '.', 'e5', '1,234.5', '$12.50', '1 000', '12%', '0x10', '1.2.3', '1e', '--1', '١٢'])(
    'does not take %s for a number',
    (text) => {
      expect(storableNumber(text)).toMatchObject({ reason: 'not_a_number' });
    },
  );

  it.each(['1234567890123', '0.123456789', '1e12', '1e-9', '1438.3599853515625'])('does not round %s to what fits', (text) => {
    expect(storableNumber(text)).toMatchObject({ reason: 'too_many_digits' });
  });

  it('keeps the value of every number that fits, however it is written', () => {
    const units = fc.bigInt({ min: 0n, max: 10n ** 20n - 1n });
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 3 }), (value, zeros) => {
        const digits = value.toString().padStart(9, '0');
        const written = `${'0'.repeat(zeros)}${digits.slice(0, -8)}.${digits.slice(-8)}${'0'.repeat(zeros)}`;
        const plain = storableNumber(written);
        const [integer = '', fraction = ''] = typeof plain === 'string' ? plain.split('.') : [];
        expect(BigInt(integer) * 10n ** 8n + BigInt(fraction.padEnd(8, '0'))).toBe(value);
      }),
    );
  });
});

describe('barFault', () => {
  it('finds nothing wrong with a sound bar, a flat bar and a bare close', () => {
    expect(barFault(sound)).toBeNull();
    expect(barFault({ open: '5', high: '5', low: '5', close: '5', volume: '0' })).toBeNull();
    expect(barFault({ open: null, high: null, low: null, close: '5', volume: null })).toBeNull();
  });

  it.each<[string, Partial<QuotedBar>]>([
    ['zero_price', { close: '0.000' }],
    ['negative_price', { close: '-11' }],
    ['zero_price', { open: '0', low: '0' }],
    ['negative_price', { low: '-9.5' }],
    ['negative_price', { high: '-12' }],
    ['negative_volume', { volume: '-1' }],
    ['incomplete_bar', { open: null }],
    ['incomplete_bar', { high: null, low: null }],
    ['high_below_low', { high: '9.4' }],
    ['open_outside_range', { open: '12.01' }],
    ['open_outside_range', { open: '9.49' }],
    ['close_outside_range', { close: '12.01' }],
    ['close_outside_range', { close: '9.49' }],
  ])('reports %s for %j', (reason, bar) => {
    expect(reasonOf(bar)).toBe(reason);
  });

  it('compares exactly where two prices are the same float64', () => {
    const high = '123456789012.12345678';
    const justAbove = '123456789012.12345679';
    expect(Number(high)).toBe(Number(justAbove));
    expect(reasonOf({ open: high, high, low: '1', close: justAbove })).toBe('close_outside_range');
    expect(reasonOf({ open: high, high: justAbove, low: high, close: justAbove })).toBe('none');
    expect(reasonOf({ open: '1.10', high: '1.1', low: '1.100', close: '1.1000' })).toBe('none');
  });
});
