import { maxDecimal, minDecimal, minorUnitOf, roundDecimal, ZERO, type Decimal } from '@trii/kernel';
import type { AccruedFigure } from './read-accrued.ts';

export interface ClosedMonth {
  /** Whole smallest units; of a fee below zero what is given back. */
  readonly posted: Decimal;
  /** Accrued and not posted so far. */
  readonly carry: Decimal;
  /** Of the carry, what the cash could not pay. */
  readonly unpaid: Decimal;
}

/**
 * What is posted of all that accrued and was not posted yet: cut down to the currency's smallest unit ("down": toward zero), the rest is carried. Interest that was
 * posted too much is not taken from the investor, later interest makes up for it; a fee that was taken too much is given back. A fee takes no more than
 * `available`, which is never negative.
 */
export function closeMonth({ kind, currency, accrued, closed }: AccruedFigure, available: Decimal): ClosedMonth {
  const due = accrued.minus(closed?.posted ?? ZERO);
  const rule = { scale: minorUnitOf(currency), rounding: 'down' } as const;
  const whole = roundDecimal(due, rule);
  const posted = kind === 'INTEREST' ? maxDecimal(whole, ZERO) : minDecimal(whole, roundDecimal(available, rule));
  const unpaid = kind === 'INTEREST' ? ZERO : whole.minus(posted);
  return { posted, carry: due.minus(posted), unpaid };
}
