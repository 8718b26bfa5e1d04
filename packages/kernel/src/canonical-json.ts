import { Decimal as DecimalJs } from 'decimal.js';
import { toDecimalString } from './decimal.ts';
import { CodedError } from './errors.ts';

const DEPTH_MAX = 64;

/**
 * One text per value, for hashes and comparisons: JSON without blanks, member names sorted by UTF-16 code units, numbers and
 * strings as RFC 8785 (JSON Canonicalization Scheme) writes them, which is what JSON.stringify does. Beyond the RFC: members that
 * are undefined are dropped, a Date becomes its ISO text, a Decimal its canonical string, and toJSON is honoured.
 * @throws CodedError NOT_CANONICAL, with the path, for NaN, infinities, bigint, functions, symbols, undefined in an array or at the
 * top, lone surrogates, instances of unknown classes (a Map would silently be {}), and depth over 64 (so also for cycles).
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0);
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > DEPTH_MAX) throw refused(path, `deeper than ${DEPTH_MAX}, or a cycle`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw refused(path, 'a lone surrogate');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refused(path, String(value));
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw refused(path, typeof value);
  return writeObject(value, path, depth);
}

function writeObject(value: object, path: string, depth: number): string {
  if (Array.isArray(value)) {
    // Array.from, not map: holes must be seen (and refused), not skipped.
    return `[${Array.from(value, (item: unknown, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`;
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refused(path, 'an invalid Date');
    return JSON.stringify(value.toISOString());
  }
  if (DecimalJs.isDecimal(value)) return write(value.isFinite() ? toDecimalString(value) : value.toNumber(), path, depth);
  if (hasToJson(value)) return write(value.toJSON(), path, depth + 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, `an instance of ${value.constructor.name}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${write(name, path, depth)}:${write(member, `${path}.${name}`, depth + 1)}`).join(',')}}`;
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function refused(path: string, what: string): CodedError {
  return new CodedError('NOT_CANONICAL', `no canonical JSON for ${what} at ${path.slice(0, 200)}`, {
    details: { path: path.slice(0, 200) },
  });
}
