import { assertNever, CodedError } from '@trii/kernel';
import { present } from '../series.ts';
import type { Series } from '../series.ts';
import { populationMoments } from '../statistics/population-moments.ts';
import { normalQuantile } from '../statistics/normal.ts';
import { quantile } from '../statistics/quantile.ts';

/**
 * historical: quantile by linear interpolation (empyrical value_at_risk, R type 7). order-statistic: the (tail * n + 1)-th worst return, nothing
 * interpolated (FRM). gaussian: mean + z * deviation, population deviation. cornish-fisher: the same with z corrected for skewness and
 * kurtosis (Favre and Galeano 2002; PerformanceAnalytics VaR "modified"), population moments.
 */
export type ValueAtRiskMethod = 'historical' | 'order-statistic' | 'gaussian' | 'cornish-fisher';

export interface TailOptions<Method extends string> {
  /** Probability of a return at or below the value: 0.05 by default, that is 95 % confidence. */
  readonly tail?: number;
  readonly method?: Method;
}

/**
 * The return per period that only the worst `tail` of periods falls short of: a loss is negative, as in empyrical. Gaps left out.
 * @returns null without any return
 * @throws CodedError NOT_FINITE; OUT_OF_RANGE unless 0 < tail < 1
 */
export function valueAtRisk(returns: Series, options: TailOptions<ValueAtRiskMethod> = {}): number | null {
  const { method = 'historical' } = options;
  const tail = checkedTail(options.tail);
  const values = present(returns);
  switch (method) {
    case 'historical':
      return quantile(values, tail);
    case 'order-statistic':
      return Float64Array.from(values).toSorted()[worseThan(values.length, tail)] ?? null;
    case 'gaussian': {
      const moments = populationMoments(values);
      return moments === null ? null : moments.mean + normalQuantile(tail) * moments.deviation;
    }
    case 'cornish-fisher': {
      const moments = populationMoments(values);
      return moments === null ? null : moments.mean + cornishFisherQuantile(normalQuantile(tail), moments) * moments.deviation;
    }
    default:
      return assertNever(method);
  }
}

export function checkedTail(tail = 0.05): number {
  if (tail > 0 && tail < 1) return tail;
  throw new CodedError('OUT_OF_RANGE', 'a tail probability lies between 0 and 1, such as 0.05', { details: { tail: String(tail) } });
}

/** floor(n * tail), safe against 10 * (1 - 0.9) = 0.9999999999999998. */
function worseThan(count: number, tail: number): number {
  return Math.floor(count * tail + 1e-9);
}

/** The quantile z of the normal distribution, corrected for skewness and excess kurtosis (Cornish and Fisher 1937, second order). */
function cornishFisherQuantile(z: number, moments: { readonly skewness: number; readonly excessKurtosis: number }): number {
  const { skewness, excessKurtosis } = moments;
  return z + ((z * z - 1) * skewness) / 6 + ((z ** 3 - 3 * z) * excessKurtosis) / 24 - ((2 * z ** 3 - 5 * z) * skewness * skewness) / 36;
}
