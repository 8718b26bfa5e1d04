import { CodedError } from '@trii/kernel';
import { finite } from '../series.ts';

/** Values of a portfolio around one period and what crossed its border. One unit of money throughout; flows are not negative. */
export interface FlowPeriod {
  /** Value at the end of the period before; 0 at inception. */
  readonly begin: number;
  /** Value at the end, after all flows. */
  readonly end: number;
  /** Paid in from outside, taken to arrive at the start of the period. */
  readonly inflow: number;
  /** Paid out, taken to leave at the end. Dividends and fees inside the portfolio are no flows. */
  readonly outflow: number;
}

/**
 * Return of one period adjusted for flows: (end + outflow) / (begin + inflow) - 1, as a fraction.
 * Inflow at the start and outflow at the end: Portfolio Performance's true time-weighted rate of return.
 * @returns null when nothing was invested (begin + inflow is zero or below), so no return can be measured
 * @throws CodedError NOT_FINITE; OUT_OF_RANGE for a negative flow
 */
export function subPeriodReturn(period: FlowPeriod): number | null {
  const { begin, end, inflow, outflow } = period;
  const base = finite(begin, 'begin') + finite(inflow, 'inflow');
  const result = finite(end, 'end') + finite(outflow, 'outflow');
  if (inflow < 0 || outflow < 0) {
    throw new CodedError('OUT_OF_RANGE', 'a negative inflow is an outflow: give each as a positive amount', {
      details: { inflow, outflow },
    });
  }
  return base > 0 ? result / base - 1 : null;
}
