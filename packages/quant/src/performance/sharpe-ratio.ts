import { excess, PERIODS_PER_YEAR, positive } from '../series.ts';
import type { Level, Series } from '../series.ts';
import { mean } from '../statistics/mean.ts';
import { isFloatNoise, standardDeviation } from '../statistics/standard-deviation.ts';

/** The house's risk-free rate a year, as a fraction. */
export const RISK_FREE_PER_YEAR = 0.03;

export interface SharpeOptions {
  /** Risk-free return per period, one or a series; RISK_FREE_PER_YEAR / periodsPerYear by default. */
  readonly riskFree?: Level;
  /** 252 by default; 1 leaves the ratio per period (then give riskFree). */
  readonly periodsPerYear?: number;
  readonly ddof?: 0 | 1;
}

/**
 * Sharpe ratio, a year: mean(r - riskFree) / std(r - riskFree) * sqrt(periodsPerYear). Arithmetic mean, sample deviation. Gaps left out.
 * Source: empyrical sharpe_ratio; W. F. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21, 1994.
 * @returns null where it is undefined: below two returns, or without any variance (never an infinity)
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE, LENGTH_MISMATCH
 */
export function sharpeRatio(returns: Series, options: SharpeOptions = {}): number | null {
  const periodsPerYear = positive(options.periodsPerYear ?? PERIODS_PER_YEAR, 'periodsPerYear');
  const values = excess(returns, options.riskFree ?? RISK_FREE_PER_YEAR / periodsPerYear);
  return ratioOf(mean(values), standardDeviation(values, options.ddof ?? 1), periodsPerYear);
}

/** average / deviation * sqrt(periodsPerYear); null when undefined. */
export function ratioOf(average: number | null, deviation: number | null, periodsPerYear: number): number | null {
  if (average === null || deviation === null || isFloatNoise(deviation, average)) return null;
  return (average / deviation) * Math.sqrt(periodsPerYear);
}
