import { CodedError } from '@trii/kernel';

/**
 * The quantile by linear interpolation between order statistics: x at index (n - 1) * p of the sorted values, counted from 0.
 * R type 7, NumPy's default (Hyndman and Fan, The American Statistician 50, 1996).
 * @param p 0 to 1
 * @returns null for no values
 * @throws CodedError OUT_OF_RANGE
 */
export function quantile(values: readonly number[], p: number): number | null {
  if (!(p >= 0 && p <= 1)) throw new CodedError('OUT_OF_RANGE', 'a probability is between 0 and 1', { details: { p: String(p) } });
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).toSorted();
  const index = (sorted.length - 1) * p;
  const below = Math.floor(index);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? 0;
  return low + (high - low) * (index - below);
}
