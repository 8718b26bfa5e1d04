import { CodedError } from '@trii/kernel';
import { at } from '../series.ts';
import type { Series } from '../series.ts';

/**
 * Returns from one price to the next: p[i] / p[i-1] - 1, as fractions (0.01 is 1 %); one fewer than prices.
 * A return beside a gap is a gap: nothing is carried forward.
 * @throws CodedError OUT_OF_RANGE for a negative price, or a zero that is not the last; NOT_FINITE
 */
export function simpleReturns(prices: Series): Array<number | null> {
  const ratios = priceRatios(prices);
  return ratios.map((ratio) => (ratio === null ? null : ratio - 1));
}

/** p[i] / p[i-1]; null beside a gap. */
export function priceRatios(prices: Series): Array<number | null> {
  const ratios: Array<number | null> = [];
  for (let i = 0; i < prices.length; i++) {
    const price = at(prices, i);
    if (price !== null && (price < 0 || (price === 0 && i < prices.length - 1))) {
      throw new CodedError('OUT_OF_RANGE', 'a price that returns are measured from must be above zero', { details: { index: i, price } });
    }
    if (i === 0) continue;
    const base = at(prices, i - 1);
    ratios.push(price === null || base === null ? null : price / base);
  }
  return ratios;
}
