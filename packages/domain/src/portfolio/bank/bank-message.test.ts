import { decimal } from '@trii/kernel';
import { describe, expect, test } from 'vitest';
import { judge, type BankMessageKind, type PaymentStatus } from './bank-message.ts';

const verdictOf = (
  status: PaymentStatus,
  kind: BankMessageKind,
  given: { amount?: string; currency?: string; isAssigned?: boolean } = {},
) => {
  const payment = { direction: 'DEPOSIT', status, amount: decimal('10'), currency: 'USD' } as const;
  const verdict = judge(payment, {
    kind,
    amount: decimal(given.amount ?? '10.00'),
    currency: given.currency ?? 'USD',
    isAssigned: given.isAssigned ?? false,
  });
  return verdict.act === 'keep' ? verdict.problem : verdict.act;
};

describe('a message of the bank', () => {
  test.each([
    ['PENDING', ['settle', 'reject', 'wait']],
    ['SENT', ['settle', 'reject', 'wait']],
    ['SETTLED', ['ALREADY_SETTLED', 'ALREADY_SETTLED', 'return']],
    ['REJECTED', ['ALREADY_REJECTED', 'ALREADY_REJECTED', 'ALREADY_REJECTED']],
    ['RETURNED', ['ALREADY_RETURNED', 'ALREADY_RETURNED', 'ALREADY_RETURNED']],
  ] as const)('of a payment that is %s settles, rejects or returns: %j', (status, verdicts) => {
    expect((['SETTLED', 'REJECTED', 'RETURNED'] as const).map((kind) => verdictOf(status, kind))).toEqual(verdicts);
  });

  test('of another amount or currency is for people, unless they said that it is this deposit', () => {
    expect(verdictOf('PENDING', 'SETTLED', { amount: '9.99' })).toBe('AMOUNT_DIFFERS');
    expect(verdictOf('PENDING', 'SETTLED', { amount: '9.99', isAssigned: true })).toBe('settle');
    expect(verdictOf('SETTLED', 'RETURNED', { amount: '9.99', isAssigned: true })).toBe('AMOUNT_DIFFERS');
    expect(verdictOf('PENDING', 'SETTLED', { currency: 'EUR', isAssigned: true })).toBe('CURRENCY_DIFFERS');
    // What left is what was held for it, whatever anybody says.
    const sent = { direction: 'WITHDRAWAL', status: 'SENT', amount: decimal('10'), currency: 'USD' } as const;
    const other = { kind: 'SETTLED', amount: decimal('9.99'), currency: 'USD', isAssigned: true } as const;
    expect(judge(sent, other)).toEqual({ act: 'keep', problem: 'AMOUNT_DIFFERS' });
  });
});
