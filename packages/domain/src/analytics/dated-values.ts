import type { LocalDate } from '@trii/kernel';

export interface Dated<T> {
  readonly date: LocalDate;
  readonly value: T;
}

/** The newest entry on or before the date; undefined when all are later. The entries are in order of their dates. */
export function lookUp<E extends { readonly date: LocalDate }>(entries: readonly E[], date: LocalDate): E | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && entry.date <= date) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}
