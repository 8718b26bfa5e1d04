import { invariant } from '@trii/kernel';

/** A handful of measurements, told by what the outliers cannot move and by how far they lie. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median (of an even count: the mean of the middle two), smallest and largest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  invariant(min !== undefined && max !== undefined && low !== undefined && high !== undefined, 'there is something to measure');
  return { median: (low + high) / 2, min, max };
}
