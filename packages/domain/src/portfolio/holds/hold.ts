import type { OutputOf, portfolio } from '@trii/contract';
import { ZERO, type Decimal } from '@trii/kernel';
import type { Asset, Posting } from '../ledger-transaction.ts';

type HoldView = OutputOf<typeof portfolio.placeHold>;
export type HoldHolder = HoldView['holder'];
export type HoldStatus = HoldView['status'];

/** How much is kept for one purpose. `amount` is all it ever kept, `consumed` what went to its purpose already. */
export interface Hold {
  readonly status: HoldStatus;
  readonly amount: Decimal;
  readonly consumed: Decimal;
}

/** A decision: the hold afterwards, and what moves between available and reserved; positive into reserved. */
export interface HoldMove {
  readonly hold: Hold;
  readonly moved: Decimal;
}

/** Kept from every other use now. */
export const remainingOf = ({ status, amount, consumed }: Hold): Decimal => (status === 'ACTIVE' ? amount.minus(consumed) : ZERO);

/** Raised or lowered to that amount in all; undefined when more than that was consumed. What is lowered to the consumed is used up. */
export function resized(hold: Hold, amount: Decimal): HoldMove | undefined {
  if (amount.lessThan(hold.consumed)) return undefined;
  return { hold: { ...hold, amount, status: amount.equals(hold.consumed) ? 'CONSUMED' : 'ACTIVE' }, moved: amount.minus(hold.amount) };
}

/** That part of it goes to its purpose; undefined when less is left. */
export function consumedBy(hold: Hold, part: Decimal): HoldMove | undefined {
  const consumed = hold.consumed.plus(part);
  if (consumed.greaterThan(hold.amount)) return undefined;
  return { hold: { ...hold, consumed, status: consumed.equals(hold.amount) ? 'CONSUMED' : 'ACTIVE' }, moved: part.negated() };
}

/** Ended, by hand or by its expiry: what is left is given back. */
export const ended = (hold: Hold, status: 'RELEASED' | 'EXPIRED'): HoldMove => ({
  hold: { ...hold, status },
  moved: remainingOf(hold).negated(),
});

/** Between what is available and what is reserved; positive into reserved. Units keep their cost where it is: a hold sells nothing. */
export function reservationPostings(asset: Asset, moved: Decimal): Posting[] {
  if (moved.isZero()) return [];
  return [
    { account: 'currency' in asset ? 'cash' : 'holding', asset, amount: moved.negated() },
    { account: 'reserved', asset, amount: moved },
  ];
}
