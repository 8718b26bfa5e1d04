import { CodedError } from '@trii/kernel';

/**
 * Figures in order of time, one per period, oldest first. null is a gap: a period without a figure. NaN and infinities are not gaps
 * but mistakes, and every function of this package refuses them.
 */
export type Series = ArrayLike<number | null>;

/** One figure for all periods, or one per period (as long as the series it goes with). */
export type Level = number | Series;

/** Trading sessions in a year of the New York Stock Exchange, by convention. */
export const PERIODS_PER_YEAR = 252;

/** @throws CodedError NOT_FINITE */
export function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value;
  throw new CodedError('NOT_FINITE', `${name} must be a finite number`, { details: { name, value: String(value) } });
}

/** The figure at an index, null for a gap. @throws CodedError NOT_FINITE */
export function at(series: Series, index: number): number | null {
  const value = series[index] ?? null;
  return value === null ? null : finite(value, `the figure at ${index}`);
}

/** All figures without the gaps. @throws CodedError NOT_FINITE */
export function present(series: Series): number[] {
  const values: number[] = [];
  for (let i = 0; i < series.length; i++) {
    const value = at(series, i);
    if (value !== null) values.push(value);
  }
  return values;
}

/**
 * Figures less a level, without the periods in which either is a gap.
 * @throws CodedError NOT_FINITE; LENGTH_MISMATCH when the level is a series of another length.
 */
export function excess(series: Series, level: Level): number[] {
  if (typeof level === 'number') {
    finite(level, 'the level');
    return present(series).map((value) => value - level);
  }
  if (level.length !== series.length) {
    throw new CodedError('LENGTH_MISMATCH', 'two series that go together must be equally long', {
      details: { left: series.length, right: level.length },
    });
  }
  const values: number[] = [];
  for (let i = 0; i < series.length; i++) {
    const value = at(series, i);
    const base = at(level, i);
    if (value !== null && base !== null) values.push(value - base);
  }
  return values;
}

/** @throws CodedError OUT_OF_RANGE unless the figure is finite and above zero. */
export function positive(value: number, name: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new CodedError('OUT_OF_RANGE', `${name} must be above zero`, { details: { name, value: String(value) } });
}
