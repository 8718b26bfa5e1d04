import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { AUDIT_COLUMNS, type AuditValues } from './audit-format.ts';

// An export: one JSON value a line. A head; each chain's blocks in order, each followed by its rows in order; rows that wait for a block; an end.

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Nullable = z.string().nullable();

const Head = z.strictObject({
  audit: z.literal('trii-audit-export-1'),
  scope: z.enum(['person', 'platform', 'all']),
  personId: Nullable,
  from: Nullable,
  to: Nullable,
  exportedAt: z.string(),
  /** The first month that retention has left; rows before it are gone by right. */
  rowsFrom: Nullable,
});
const Block = z.strictObject({
  chain: z.uuid(),
  number: z.int().min(1),
  previousHash: Hash,
  closedAt: z.string(),
  rows: z.array(z.tuple([z.string(), z.string(), Hash])).min(1),
  hash: Hash,
  keyId: z.string(),
  signature: z.string(),
});
const Row = z.strictObject(Object.fromEntries(AUDIT_COLUMNS.map((name) => [name, Nullable])));
const Unchained = z.strictObject({ row: Row, digest: Hash });
const End = z.strictObject({ blocks: z.int(), rows: z.int(), waiting: z.int(), digest: Hash });

const Line = z.union([
  z.strictObject({ row: Row }),
  z.strictObject({ block: Block }),
  z.strictObject({ waiting: Unchained }),
  z.strictObject({ loose: Unchained }),
  z.strictObject({ end: End }),
  Head,
]);

export type AuditHead = z.output<typeof Head>;
export type AuditBlockLine = z.output<typeof Block>;
export type AuditLine = z.output<typeof Line>;
/** `waiting`: not in a block yet. `loose`: in none, and not waiting for one either. */
export type UnchainedKind = 'waiting' | 'loose';

type RowValues = Readonly<Record<string, string | null>>;

const rowOf = (values: AuditValues): RowValues => Object.fromEntries(AUDIT_COLUMNS.map((name, index) => [name, values[index] ?? null]));
export const valuesOf = (row: RowValues): AuditValues => AUDIT_COLUMNS.map((name) => row[name] ?? null);

const line = (value: AuditLine): string => `${JSON.stringify(value)}\n`;
export const headLine = (head: AuditHead): string => line(head);
export const blockLine = (block: AuditBlockLine): string => line({ block });
export const rowLine = (values: AuditValues): string => line({ row: rowOf(values) });
export const endLine = (end: z.output<typeof End>): string => line({ end });
export const unchainedLine = (kind: UnchainedKind, values: AuditValues, digest: string): string =>
  kind === 'waiting' ? line({ waiting: { row: rowOf(values), digest } }) : line({ loose: { row: rowOf(values), digest } });

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A line as the export wrote it, to the byte: what JSON would let pass (blanks, another spelling, a key twice) was not written by it.
 * @throws CodedError MALFORMED
 */
export function parseLine(bytes: Uint8Array): AuditLine {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const parsed = Line.safeParse(value);
    if (parsed.success && JSON.stringify(value) === text) return parsed.data;
  } catch (cause) {
    throw new CodedError('MALFORMED', 'no line of an export', { cause });
  }
  throw new CodedError('MALFORMED', 'no line of an export');
}
