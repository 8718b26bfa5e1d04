import { PERIODS_PER_YEAR, positive, present } from '../series.ts';
import type { Series } from '../series.ts';
import { standardDeviation } from '../statistics/standard-deviation.ts';

/**
 * Standard deviation of returns, a year: std(r) * sqrt(periodsPerYear), gaps left out. Sample deviation (ddof 1) and 252 periods by default;
 * 1 period a year leaves it per period. A fraction: 0.2 is 20 % a year. Source: empyrical annual_volatility.
 * @returns null below two returns (below one with ddof 0)
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE
 */
export function volatility(returns: Series, options: { readonly periodsPerYear?: number; readonly ddof?: 0 | 1 } = {}): number | null {
  const { periodsPerYear = PERIODS_PER_YEAR, ddof = 1 } = options;
  const deviation = standardDeviation(present(returns), ddof);
  return deviation === null ? null : deviation * Math.sqrt(positive(periodsPerYear, 'periodsPerYear'));
}
