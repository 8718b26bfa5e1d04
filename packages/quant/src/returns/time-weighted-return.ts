import { finite } from '../series.ts';
import { cumulativeReturn } from './cumulative-return.ts';
import { subPeriodReturn } from './sub-period-return.ts';
import type { FlowPeriod } from './sub-period-return.ts';

/**
 * Time-weighted return: the sub-period returns linked geometrically, so that the timing of deposits and withdrawals drops out. Periods
 * in which nothing was invested count as no return; null when there is none other.
 * Convention: inflow at the start of the period, outflow at its end (Portfolio Performance, TTWROR).
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE
 */
export function timeWeightedReturn(periods: readonly FlowPeriod[]): number | null {
  return cumulativeReturn(periods.map(subPeriodReturn));
}

/** A portfolio valued just before each flow, as textbooks do it. */
export interface ValuedFlows {
  readonly startValue: number;
  readonly flows: ReadonlyArray<{
    /** Value immediately before the flow. */
    readonly valueBefore: number;
    /** Positive for a contribution, negative for a withdrawal. */
    readonly flow: number;
  }>;
  readonly endValue: number;
}

/**
 * Returns between valuations: valueBefore[i] / (valueBefore[i-1] + flow[i-1]) - 1, the last one up to endValue; null where nothing was
 * invested. Link them with cumulativeReturn. Source: CFA Institute, GIPS, true time-weighted return.
 * @throws CodedError NOT_FINITE
 */
export function returnsBetweenFlows(path: ValuedFlows): Array<number | null> {
  let base = finite(path.startValue, 'startValue');
  const returns: Array<number | null> = [];
  for (const { valueBefore, flow } of [...path.flows, { valueBefore: path.endValue, flow: 0 }]) {
    returns.push(base > 0 ? finite(valueBefore, 'value') / base - 1 : null);
    base = valueBefore + finite(flow, 'flow');
  }
  return returns;
}
