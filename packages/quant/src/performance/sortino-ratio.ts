import { deviationBelowZero } from '../risk/downside-deviation.ts';
import type { DownsideOptions } from '../risk/downside-deviation.ts';
import { excess, PERIODS_PER_YEAR, positive } from '../series.ts';
import type { Series } from '../series.ts';
import { mean } from '../statistics/mean.ts';
import { ratioOf } from './sharpe-ratio.ts';

/**
 * Sortino ratio, a year: mean(r - required) / sqrt(mean(min(r - required, 0)^2)) * sqrt(periodsPerYear). The downside deviation runs over all
 * n periods. 1 period a year leaves it per period. Gaps left out.
 * Source: empyrical sortino_ratio; Sortino and Price, Journal of Investing 3, 1994.
 * @returns null where it is undefined: without any return, or without any below the required one (never an infinity)
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE, LENGTH_MISMATCH
 */
export function sortinoRatio(returns: Series, options: DownsideOptions = {}): number | null {
  const periodsPerYear = positive(options.periodsPerYear ?? PERIODS_PER_YEAR, 'periodsPerYear');
  const values = excess(returns, options.required ?? 0);
  return ratioOf(mean(values), deviationBelowZero(values, 1), periodsPerYear);
}
