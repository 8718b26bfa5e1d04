import { finite, PERIODS_PER_YEAR, positive } from '../series.ts';
import { RISK_FREE_PER_YEAR, ratioOf } from './sharpe-ratio.ts';

/** Figures since inception, fractions; null where not defined. */
export interface PerformanceFigures {
  /** Geometrically linked (time-weighted) return; null before the first return. */
  readonly totalReturn: number | null;
  /** A year, ddof 1; null below two returns. */
  readonly volatility: number | null;
  /** A year, ddof 1; null below two returns and without variance. */
  readonly sharpeRatio: number | null;
  /** Positive fraction of the peak; null before the first return. */
  readonly maxDrawdown: number | null;
}

/**
 * The figures of a growing series, at a constant cost per return: what cumulativeReturn, volatility, sharpeRatio and maxDrawdown say of all
 * returns so far. Mean and variance by Welford's recurrence (Technometrics 4, 1962; Knuth, TAOCP 2, 4.2.2), which stays
 * exact where a sum of squares cancels.
 */
export class RunningPerformance {
  readonly #periodsPerYear: number;
  readonly #riskFree: number;
  #count = 0;
  #mean = 0;
  #squares = 0;
  #wealth = 1;
  #peak = 1;
  #maxDrawdown = 0;

  /** 252 periods and 3 % risk-free a year by default, as portfolio snapshots have it. */
  constructor(options: { readonly periodsPerYear?: number; readonly riskFreePerYear?: number } = {}) {
    this.#periodsPerYear = positive(options.periodsPerYear ?? PERIODS_PER_YEAR, 'periodsPerYear');
    this.#riskFree = finite(options.riskFreePerYear ?? RISK_FREE_PER_YEAR, 'riskFreePerYear') / this.#periodsPerYear;
  }

  /**
   * Adds the return of the next period, null for a gap, and answers the figures including it.
   * @throws CodedError NOT_FINITE; the figures then stay as they were
   */
  push(periodReturn: number | null): PerformanceFigures {
    if (periodReturn !== null) this.#add(finite(periodReturn, 'the return'));
    return this.figures();
  }

  figures(): PerformanceFigures {
    const deviation = this.#count < 2 ? null : Math.sqrt(this.#squares / (this.#count - 1));
    const known = this.#count > 0;
    return {
      totalReturn: known ? this.#wealth - 1 : null,
      volatility: deviation === null ? null : deviation * Math.sqrt(this.#periodsPerYear),
      sharpeRatio: ratioOf(this.#mean - this.#riskFree, deviation, this.#periodsPerYear),
      maxDrawdown: known ? this.#maxDrawdown : null,
    };
  }

  #add(value: number): void {
    this.#count++;
    const before = value - this.#mean;
    this.#mean += before / this.#count;
    this.#squares += before * (value - this.#mean);
    this.#wealth *= 1 + value;
    this.#peak = Math.max(this.#peak, this.#wealth);
    this.#maxDrawdown = Math.max(this.#maxDrawdown, 1 - this.#wealth / this.#peak);
  }
}
