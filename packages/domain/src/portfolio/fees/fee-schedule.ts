import { Money, ZERO, type Decimal } from '@trii/kernel';

export interface FeeTier {
  /** Where the slice ends, in the schedule's currency; null: nowhere. */
  readonly upTo: Decimal | null;
  /** 0.25 is 0.25 %. */
  readonly percent: Decimal;
}

/** Amounts in the currency that a trade is paid in. */
export interface FeeSchedule {
  readonly perOrder: Decimal;
  /** Ascending, the last without an end. */
  readonly tiers: readonly FeeTier[];
  readonly minimum: Decimal;
  readonly maximum: Decimal | null;
}

/**
 * What a trade worth that much costs: the sum per order and the percentage of each slice of the worth (as income tax takes it: a higher slice does
 * not change what the lower cost), held between minimum and maximum, rounded once, half-even, to the currency's smallest unit.
 */
export function feeOf({ perOrder, tiers, minimum, maximum }: FeeSchedule, gross: Money): Money {
  let fee = perOrder;
  let from: Decimal = ZERO;
  for (const { upTo, percent } of tiers) {
    const to = upTo === null || upTo.greaterThan(gross.amount) ? gross.amount : upTo;
    if (to.greaterThan(from)) fee = fee.plus(to.minus(from).times(percent).div(100));
    from = to;
  }
  if (fee.lessThan(minimum)) fee = minimum;
  if (maximum !== null && fee.greaterThan(maximum)) fee = maximum;
  return Money.of(fee, gross.currency).round({ rounding: 'half-even' });
}

/** What is wrong with a schedule, by the input's field; nothing when it can be followed. */
export function faultsOf({ tiers, minimum, maximum }: FeeSchedule): Fault[] {
  const bounds = maximum !== null && maximum.lessThan(minimum) ? [{ path: 'maximum', problem: 'at least the minimum' }] : [];
  return [...bounds, ...tierFaultsOf(tiers)];
}

interface Fault {
  readonly path: string;
  readonly problem: string;
}

/** Slices of a sum ascend, and the last has no end. */
export function tierFaultsOf(tiers: readonly Pick<FeeTier, 'upTo'>[]): Fault[] {
  const faults: Fault[] = [];
  let before = ZERO;
  tiers.forEach(({ upTo }, index) => {
    const isLast = index === tiers.length - 1;
    if ((upTo === null) !== isLast)
      faults.push({ path: `tiers.${index}.upTo`, problem: isLast ? 'null, since the last slice has no end' : 'where the slice ends' });
    else if (upTo !== null && upTo.lessThanOrEqualTo(before))
      faults.push({ path: `tiers.${index}.upTo`, problem: 'more than the slice before' });
    before = upTo ?? before;
  });
  return faults;
}
