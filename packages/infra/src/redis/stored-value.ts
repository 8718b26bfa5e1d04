import type { z } from 'zod';
import type { Envelope } from './key-values.ts';
import type { ValueKey } from './keys.ts';

interface Writing {
  readonly epoch: string;
  readonly nowMs: number;
}

/** Undefined when the fields are not those of the key. */
export function encodeValue({ value, version }: ValueKey, fields: unknown, { epoch, nowMs }: Writing): string | undefined {
  const envelope = { schema_version: version, epoch, last_updated: nowMs };
  const parsed = value.safeParse(typeof fields === 'object' && fields !== null ? { ...fields, ...envelope } : fields);
  return parsed.success ? JSON.stringify(parsed.data) : undefined;
}

/** Undefined for anything but a whole value of this very version and epoch: a miss. */
export function decodeValue<V extends z.ZodType<z.output<typeof Envelope>>>(
  { value, version }: Pick<ValueKey, 'version'> & { readonly value: V },
  text: string | null,
  epoch: string,
): z.output<V> | undefined {
  const parsed = value.safeParse(parseJson(text));
  return parsed.success && parsed.data.schema_version === version && parsed.data.epoch === epoch ? parsed.data : undefined;
}

function parseJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Our views in the specification's names: `totalValue` is `total_value`. */
export const specified = (view: unknown): unknown =>
  renamed(view, (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
/** And back. */
export const ours = (value: unknown): unknown =>
  renamed(value, (name) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [rename(name), renamed(item, rename)]));
}
