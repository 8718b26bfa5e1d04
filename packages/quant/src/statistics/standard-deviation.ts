import { mean } from './mean.ts';

/**
 * sqrt(sum((x - mean)^2) / (n - ddof)), in two passes, so that a large mean costs no digits.
 * @param ddof delta degrees of freedom: 1 for a sample, 0 for a whole population
 * @returns null when n <= ddof
 */
export function standardDeviation(values: ArrayLike<number>, ddof: 0 | 1 = 1): number | null {
  const average = mean(values);
  if (average === null || values.length <= ddof) return null;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] ?? 0) - average) ** 2;
  return Math.sqrt(squares / (values.length - ddof));
}

/**
 * Whether a spread is nothing but the rounding of float64: the returns of a price that grows by exactly 1 % a day differ in their
 * sixteenth digit, and a ratio over that spread would be a huge number without meaning.
 */
export function isFloatNoise(deviation: number, average: number): boolean {
  return deviation <= 1e-14 * Math.max(1, Math.abs(average));
}
