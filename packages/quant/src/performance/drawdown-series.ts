import { wealthIndex } from '../returns/cumulative-return.ts';
import { at } from '../series.ts';
import type { Series } from '../series.ts';

/**
 * How far below its highest value so far a portfolio stands after each period: 1 - wealth / peak, a positive fraction (0.25 is a quarter lost; 0 at a
 * peak). The starting value counts as a peak, so a loss in the first period shows. A gap counts as no return.
 * Source: empyrical and ffn, with the sign turned.
 * @throws CodedError NOT_FINITE
 */
export function drawdownSeries(returns: Series): number[] {
  let peak = 1;
  return wealthIndex(returns).map((wealth) => {
    peak = Math.max(peak, wealth);
    return 1 - wealth / peak;
  });
}

/**
 * The same from values instead of returns (an index, a price; not a portfolio with deposits). null at a gap, and before the first value above zero.
 */
export function drawdownSeriesOfValues(values: Series): Array<number | null> {
  let peak = 0;
  return Array.from({ length: values.length }, (_, i) => {
    const value = at(values, i);
    if (value === null) return null;
    peak = Math.max(peak, value);
    return peak > 0 ? 1 - value / peak : null;
  });
}
