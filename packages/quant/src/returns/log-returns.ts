import { CodedError } from '@trii/kernel';
import type { Series } from '../series.ts';
import { priceRatios } from './simple-returns.ts';

/**
 * Continuously compounded returns ln(p[i] / p[i-1]); one fewer than prices, null beside a gap. They add up over time.
 * @throws CodedError OUT_OF_RANGE for a price of zero or below; NOT_FINITE
 */
export function logReturns(prices: Series): Array<number | null> {
  return priceRatios(prices).map((ratio, index) => {
    if (ratio === 0) throw new CodedError('OUT_OF_RANGE', 'a price of zero has no logarithm', { details: { index: index + 1 } });
    return ratio === null ? null : Math.log(ratio);
  });
}
