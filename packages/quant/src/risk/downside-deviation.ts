import { excess, PERIODS_PER_YEAR, positive } from '../series.ts';
import type { Level, Series } from '../series.ts';

export interface DownsideOptions {
  /** Return below which a period counts as bad, per period (not a year); 0 by default. */
  readonly required?: Level;
  readonly periodsPerYear?: number;
}

/**
 * Root of the mean squared shortfall, a year: sqrt(mean(min(r - required, 0)^2)) * sqrt(periodsPerYear). The mean runs over all n
 * periods, not only the bad ones. Gaps left out. Source: empyrical downside_risk; Sortino and Price, Journal of Investing 3, 1994.
 * @returns null without any return
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE, LENGTH_MISMATCH
 */
export function downsideDeviation(returns: Series, options: DownsideOptions = {}): number | null {
  const { required = 0, periodsPerYear = PERIODS_PER_YEAR } = options;
  return deviationBelowZero(excess(returns, required), periodsPerYear);
}

/** The same of figures that are already less the required return. */
export function deviationBelowZero(values: readonly number[], periodsPerYear: number): number | null {
  if (values.length === 0) return null;
  const squares = values.reduce((sum, value) => sum + Math.min(value, 0) ** 2, 0);
  return Math.sqrt(squares / values.length) * Math.sqrt(positive(periodsPerYear, 'periodsPerYear'));
}
