import { assertNever } from '@trii/kernel';
import { present } from '../series.ts';
import type { Series } from '../series.ts';
import { mean } from '../statistics/mean.ts';
import { normalDensity, normalQuantile } from '../statistics/normal.ts';
import { populationMoments } from '../statistics/population-moments.ts';
import { quantile } from '../statistics/quantile.ts';
import { checkedTail } from './value-at-risk.ts';
import type { TailOptions } from './value-at-risk.ts';

/**
 * historical: mean of the worst floor((n - 1) * tail) + 1 returns, those at or below the historical value at risk (empyrical
 * conditional_value_at_risk). historical-strict: mean of those strictly below it (PerformanceAnalytics ES).
 * gaussian: mean - density(z) / tail * deviation, population deviation (PerformanceAnalytics ES "gaussian").
 */
export type ExpectedShortfallMethod = 'historical' | 'historical-strict' | 'gaussian';

/**
 * Mean return per period of the worst `tail` of periods (conditional value at risk): a loss is negative. Gaps left out.
 * @returns null without any return; with historical-strict also when none is below the value at risk
 * @throws CodedError NOT_FINITE; OUT_OF_RANGE unless 0 < tail < 1
 */
export function expectedShortfall(returns: Series, options: TailOptions<ExpectedShortfallMethod> = {}): number | null {
  const { method = 'historical' } = options;
  const tail = checkedTail(options.tail);
  const values = present(returns);
  switch (method) {
    case 'historical':
      return mean(
        Float64Array.from(values)
          .toSorted()
          .subarray(0, Math.floor((values.length - 1) * tail) + 1),
      );
    case 'historical-strict': {
      const bound = quantile(values, tail);
      return bound === null ? null : mean(values.filter((value) => value < bound));
    }
    case 'gaussian': {
      const moments = populationMoments(values);
      return moments === null ? null : moments.mean - (normalDensity(normalQuantile(tail)) / tail) * moments.deviation;
    }
    default:
      return assertNever(method);
  }
}
