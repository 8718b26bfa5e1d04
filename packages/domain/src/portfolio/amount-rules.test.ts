import { decimal } from '@trii/kernel';
import { describe, expect, test } from 'vitest';
import { payableAmount, requireRoom } from './amount-rules.ts';

const refuse = (code: string, details: Record<string, unknown>): never => {
  throw Object.assign(new Error(code), { details });
};
const refused = (path: string, problem: string): unknown =>
  expect.objectContaining({ message: 'INVALID_INPUT', details: { issues: [{ path, problem }] } });

describe('a payable amount', () => {
  test('has no more digits than the smallest unit of its currency, zeros at the end aside', () => {
    expect(payableAmount({ refuse }, { field: 'amount', amount: '10.50', currency: 'USD' }).toString()).toBe('10.5 USD');
    expect(payableAmount({ refuse }, { field: 'amount', amount: '10.5000', currency: 'USD' }).toString()).toBe('10.5 USD');
    expect(payableAmount({ refuse }, { field: 'amount', amount: '1.234', currency: 'KWD' }).toString()).toBe('1.234 KWD');
    expect(payableAmount({ refuse }, { field: 'fees', amount: '0', currency: 'JPY' }).toString()).toBe('0 JPY');
  });

  test('is refused by its field where it is finer', () => {
    expect(() => payableAmount({ refuse }, { field: 'fees', amount: '0.001', currency: 'USD' })).toThrow(
      refused('fees', 'USD has at most 2 digits after the point'),
    );
    expect(() => payableAmount({ refuse }, { field: 'amount', amount: '0.5', currency: 'JPY' })).toThrow(
      refused('amount', 'JPY has at most 0 digits after the point'),
    );
  });
});

describe('requireRoom', () => {
  test('lets pass what twelve digits before the point hold, of either sign', () => {
    expect(() =>
      requireRoom({ refuse }, 'amount', { gain: decimal('-999999999999.99999999'), cash: decimal('999999999999.99') }),
    ).not.toThrow();
  });

  test('refuses the figure that would not fit its column, by its name', () => {
    expect(() => requireRoom({ refuse }, 'amount', { 'the cash balance': decimal('1000000000000') })).toThrow(
      refused('amount', 'the cash balance would exceed 999999999999.99999999'),
    );
    expect(() => requireRoom({ refuse }, 'quantity', { 'the realised gain': decimal('-1000000000000') })).toThrow(
      refused('quantity', 'the realised gain would exceed 999999999999.99999999'),
    );
  });
});
