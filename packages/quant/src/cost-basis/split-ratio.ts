import { CodedError, roundDecimal, type Decimal, type RoundingRule } from '@trii/kernel';
import type { Lot } from './lots.ts';

/** `to` new units for every `from` old ones, whole numbers above zero: 7 for 1, or 1 for 10 in a reverse split. */
export interface SplitRatio {
  readonly from: number;
  readonly to: number;
}

/** Units after a split as far as the rule for fractions lets them be, and what it leaves over, to be paid in cash. */
export interface SplitUnits {
  readonly quantity: Decimal;
  readonly fraction: Decimal;
}

/**
 * quantity * to / from, cut down to `unit` (the smallest part of a unit that can be held: scale 0 for whole shares, 8 for any); what is cut
 * off is the fraction, and exactly that much is missing. `fraction` is exact to 50 digits.
 * @throws CodedError OUT_OF_RANGE
 */
export function splitUnits(quantity: Decimal, ratio: SplitRatio, unitScale: RoundingRule['scale']): SplitUnits {
  checkRatio(ratio);
  const exact = quantity.times(ratio.to).div(ratio.from);
  const kept = roundDecimal(exact, { scale: unitScale, rounding: 'down' });
  return { quantity: kept, fraction: exact.minus(kept) };
}

/**
 * The lots of a position after a split: units by the ratio, cost and age as they were. Rounding goes to the newest lots, so that the lots add
 * up to what the whole position became.
 * @param total units of the whole position after the split and before any fraction is paid out
 * @throws CodedError OUT_OF_RANGE
 */
export function splitLots(lots: readonly Lot[], ratio: SplitRatio, total: Decimal): Lot[] {
  checkRatio(ratio);
  let before = lots.reduce((sum, lot) => sum.plus(lot.quantity), total.times(0));
  let left = total;
  return lots.map((lot) => {
    // each lot's part of what is still to be given out: the last one gets all of it, whatever was rounded before
    const quantity = roundDecimal(left.times(lot.quantity).div(before), { scale: 8, rounding: 'down' });
    before = before.minus(lot.quantity);
    left = left.minus(quantity);
    return { ...lot, quantity };
  });
}

function checkRatio({ from, to }: SplitRatio): void {
  for (const [name, value] of Object.entries({ from, to })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new CodedError('OUT_OF_RANGE', `${name} must be a whole number above zero`, { details: { name, value: String(value) } });
  }
}
