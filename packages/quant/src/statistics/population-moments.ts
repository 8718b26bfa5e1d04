import { mean } from './mean.ts';

export interface Moments {
  readonly mean: number;
  /** sqrt of the second central moment (ddof 0). */
  readonly deviation: number;
  /** Third central moment over deviation^3; 0 without any spread. */
  readonly skewness: number;
  /** Fourth central moment over deviation^4, less 3; 0 without any spread. */
  readonly excessKurtosis: number;
}

/** Moments of a whole population (each divided by n); null for no values. */
export function populationMoments(values: readonly number[]): Moments | null {
  const average = mean(values);
  if (average === null) return null;
  const central = (power: number): number => values.reduce((sum, value) => sum + (value - average) ** power, 0) / values.length;
  const variance = central(2);
  if (variance === 0) return { mean: average, deviation: 0, skewness: 0, excessKurtosis: 0 };
  return {
    mean: average,
    deviation: Math.sqrt(variance),
    skewness: central(3) / variance ** 1.5,
    excessKurtosis: central(4) / variance ** 2 - 3,
  };
}
