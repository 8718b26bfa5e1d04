import type { cash, OutputOf } from '@trii/contract';
import type { Decimal } from '@trii/kernel';

type PaymentView = OutputOf<typeof cash.announceDeposit>;
export type PaymentDirection = PaymentView['direction'];
export type PaymentStatus = PaymentView['status'];
export type BankMessageKind = 'SETTLED' | 'REJECTED' | 'RETURNED';

/** What is to be done about a message: book it, let it wait for what it follows, or keep it for an operator with the reason. */
export type Verdict = { readonly act: 'settle' | 'reject' | 'return' | 'wait' } | { readonly act: 'keep'; readonly problem: string };

export interface JudgedPayment {
  readonly direction: PaymentDirection;
  readonly status: PaymentStatus;
  readonly amount: Decimal;
  readonly currency: string;
}

export interface JudgedMessage {
  readonly kind: BankMessageKind;
  readonly amount: Decimal;
  readonly currency: string;
  /** An operator said that it is of this payment. */
  readonly isAssigned: boolean;
}

/**
 * Judges a message by the payment it names. A second one that says what was booked already is not booked again, whether the bank repeats itself or
 * the investor paid twice: only people can tell.
 */
export function judge(payment: JudgedPayment, message: JudgedMessage): Verdict {
  const { status, direction } = payment;
  const keep = (problem: string): Verdict => ({ act: 'keep', problem });
  if (message.currency !== payment.currency) return keep('CURRENCY_DIFFERS');
  const isFreeAmount = message.isAssigned && direction === 'DEPOSIT' && message.kind === 'SETTLED';
  if (!isFreeAmount && !message.amount.equals(payment.amount)) return keep('AMOUNT_DIFFERS');
  if (status === 'REJECTED' || status === 'RETURNED' || status === 'CANCELLED') return keep(`ALREADY_${status}`);
  const isBooked = status === 'SETTLED';
  if (message.kind === 'RETURNED') return isBooked ? { act: 'return' } : { act: 'wait' };
  if (isBooked) return keep('ALREADY_SETTLED');
  return { act: message.kind === 'SETTLED' ? 'settle' : 'reject' };
}
