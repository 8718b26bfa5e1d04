import { at } from '../series.ts';
import type { Series } from '../series.ts';

/**
 * Growth of one unit after each period: the product of (1 + r) so far. A gap leaves it where it is.
 * @throws CodedError NOT_FINITE
 */
export function wealthIndex(returns: Series, options: { readonly start?: number } = {}): number[] {
  let wealth = options.start ?? 1;
  return Array.from({ length: returns.length }, (_, i) => (wealth *= 1 + (at(returns, i) ?? 0)));
}

/**
 * Geometrically linked return since the start after each period: product of (1 + r) - 1, as fractions. A gap counts as no return.
 * Source: empyrical cum_returns.
 */
export function cumulativeReturns(returns: Series): number[] {
  return wealthIndex(returns).map((wealth) => wealth - 1);
}

/** The last of {@link cumulativeReturns}; null when there is no return at all. Source: empyrical cum_returns_final. */
export function cumulativeReturn(returns: Series): number | null {
  let wealth = 1;
  let known = 0;
  for (let i = 0; i < returns.length; i++) {
    const value = at(returns, i);
    if (value === null) continue;
    wealth *= 1 + value;
    known++;
  }
  return known === 0 ? null : wealth - 1;
}
