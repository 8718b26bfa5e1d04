/**
 * JSON as an attacker might write it: beside what JSON.stringify makes also doubled and reserved keys, numbers beyond any range, text that
 * is no JSON at all, and slots that stand for what only exists once the test runs.
 */
export type Wire =
  | string
  | number
  | boolean
  | null
  | readonly Wire[]
  | { readonly fields: readonly (readonly [string, Wire])[] }
  | { readonly raw: string }
  | Slot;

/** A field of the operation's example, filled with what belongs to the caller or to somebody else. */
export interface Slot {
  readonly slotOf: 'caller' | 'other';
  readonly path: readonly string[];
}

export type FillSlot = (slot: Slot) => unknown;

export function wireText(value: Wire, fill: FillSlot): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('raw' in value) return value.raw;
  if ('slotOf' in value) return JSON.stringify(fill(value)) ?? 'null';
  if ('fields' in value) return `{${value.fields.map(([key, item]) => `${JSON.stringify(key)}:${wireText(item, fill)}`).join(',')}}`;
  return `[${value.map((item) => wireText(item, fill)).join(',')}]`;
}
