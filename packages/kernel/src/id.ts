import { v7, validate } from 'uuid';

/**
 * A new UUID version 7 (RFC 9562): its first 48 bits are the milliseconds since 1970, so ids made later sort later, and ids made
 * in one process never go back (uuid keeps a counter within the millisecond). Made here, not by PostgreSQL, since uuidv7() is newer than 15.
 */
export function newId(): string {
  return v7();
}

/** When an id was made, in milliseconds since 1970; undefined for one that does not say (any version but 7). */
export const idTime = (id: string): number | undefined =>
  isUuid(id) && id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;

/** Whether a value is a UUID of any version in the usual text form, upper or lower case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && validate(value);
}
