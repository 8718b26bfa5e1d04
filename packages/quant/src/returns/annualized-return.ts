import { finite, PERIODS_PER_YEAR, positive, present } from '../series.ts';
import type { Series } from '../series.ts';
import { mean } from '../statistics/mean.ts';
import { cumulativeReturn } from './cumulative-return.ts';

/** How long the series lasted: by its number of periods (gaps are periods too), or by calendar days. */
export type Duration =
  | { readonly periodsPerYear?: number }
  | {
      /** Calendar days from the first value to the last. */
      readonly days: number;
      readonly daysPerYear: 365 | 365.25;
    };

/**
 * Geometric mean rate a year: (product of (1 + r))^(1 / years) - 1, years = n / 252 by default (empyrical annual_return), else days / 365.25 (ffn
 * calc_cagr) or days / 365.
 * @returns null without any return, and when more than everything was lost
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE
 */
export function annualizedReturn(returns: Series, duration: Duration = {}): number | null {
  const total = cumulativeReturn(returns);
  if (total === null) return null;
  const years =
    'days' in duration
      ? positive(duration.days, 'days') / duration.daysPerYear
      : returns.length / positive(duration.periodsPerYear ?? PERIODS_PER_YEAR, 'periodsPerYear');
  return annualize(total, years);
}

/**
 * A return over some years as a rate a year: (1 + total)^(1 / years) - 1.
 * @returns null for a total below -1
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE
 */
export function annualize(total: number, years: number): number | null {
  finite(total, 'the total return');
  positive(years, 'years');
  return total < -1 ? null : (1 + total) ** (1 / years) - 1;
}

/**
 * Compound annual growth rate from one value to another: (end / begin)^(1 / years) - 1.
 * @throws CodedError OUT_OF_RANGE unless all three are above zero
 */
export function compoundAnnualGrowthRate(path: { readonly begin: number; readonly end: number; readonly years: number }): number {
  const ratio = positive(path.end, 'the end value') / positive(path.begin, 'the begin value');
  return ratio ** (1 / positive(path.years, 'years')) - 1;
}

/**
 * Arithmetic rate a year: mean(r) * periodsPerYear, gaps left out; what the specification's calculate_portfolio_performance calls annualized.
 * Source: PerformanceAnalytics Return.annualized(geometric = FALSE). Null without any return.
 */
export function annualizedMeanReturn(returns: Series, options: { readonly periodsPerYear?: number } = {}): number | null {
  const average = mean(present(returns));
  return average === null ? null : average * positive(options.periodsPerYear ?? PERIODS_PER_YEAR, 'periodsPerYear');
}
