import type { Series } from '../series.ts';
import { drawdownSeries, drawdownSeriesOfValues } from './drawdown-series.ts';

/**
 * The deepest fall from a peak: max(1 - wealth / peak), a positive fraction, 0 when it never fell. The starting value counts as a peak, a
 * gap as no return. Source: empyrical max_drawdown, with the sign turned.
 * @returns null when there is no return at all
 * @throws CodedError NOT_FINITE
 */
export function maxDrawdown(returns: Series): number | null {
  const drawdowns = drawdownSeries(returns);
  return Array.prototype.some.call(returns, (value) => value !== null) ? greatest(drawdowns) : null;
}

/** The same from values (an index, a price); null without any value above zero. */
export function maxDrawdownOfValues(values: Series): number | null {
  const drawdowns = drawdownSeriesOfValues(values).filter((drawdown) => drawdown !== null);
  return drawdowns.length === 0 ? null : greatest(drawdowns);
}

function greatest(drawdowns: readonly number[]): number {
  return drawdowns.reduce((max, drawdown) => Math.max(max, drawdown), 0);
}
