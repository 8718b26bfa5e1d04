import { finite } from '../series.ts';

export interface WeightedFlows {
  readonly startValue: number;
  readonly endValue: number;
  readonly flows: ReadonlyArray<{
    /** Positive for a contribution, negative for a withdrawal. */
    readonly amount: number;
    /** The fraction of the period that was left when it came: (days in period - day) / days in period. */
    readonly weight: number;
  }>;
}

/** Average capital: start value + sum(weight * flow). */
export function averageCapital(path: Omit<WeightedFlows, 'endValue'>): number {
  return path.flows.reduce(
    (sum, { amount, weight }) => sum + finite(amount, 'amount') * finite(weight, 'weight'),
    finite(path.startValue, 'startValue'),
  );
}

/**
 * Money-weighted return of one period without iteration: (end - start - sum(flows)) / average capital.
 * Source: P. Dietz, Pension Funds: Measuring Investment Performance, 1966 (the modified method).
 * @returns null when the average capital is zero or below
 * @throws CodedError NOT_FINITE
 */
export function modifiedDietzReturn(path: WeightedFlows): number | null {
  const capital = averageCapital(path);
  const flows = path.flows.reduce((sum, { amount }) => sum + amount, 0);
  return capital > 0 ? (finite(path.endValue, 'endValue') - path.startValue - flows) / capital : null;
}
