import { CodedError } from '@trii/kernel';
import { type AuditValues, type BlockRow, GONE_DIGEST, rowDigest } from './audit-format.ts';

export type AuditFaultKind =
  | 'altered'
  | 'missing'
  | 'reordered'
  | 'inserted'
  | 'truncated'
  | 'forged'
  | 'unsigned'
  | 'unknown key'
  | 'malformed'
  | 'broken';

export interface AuditPlace {
  /** In the file, from 1. */
  readonly line: number;
  readonly chain?: string | undefined;
  readonly block?: number | undefined;
  readonly rowId?: string | undefined;
}

/** The first thing in an export that is not as it was signed. */
export class AuditFault extends CodedError {
  override readonly name: string = 'AuditFault';
  readonly kind: AuditFaultKind;
  readonly place: AuditPlace;

  constructor(kind: AuditFaultKind, place: AuditPlace, what: string) {
    const { line, chain, block, rowId } = place;
    const at = [
      `line ${line}`,
      ...(chain === undefined ? [] : [`chain ${chain}`]),
      ...(block === undefined ? [] : [`block ${block}`]),
      ...(rowId === undefined ? [] : [`row ${rowId}`]),
    ];
    super('AUDIT_FAULT', `${kind}: ${what} (${at.join(', ')})`, { details: { kind, ...place } });
    this.kind = kind;
    this.place = place;
  }
}

export interface FoundRow {
  readonly line: number;
  readonly id: string;
  readonly values: AuditValues;
}

export interface BlockRows {
  readonly chain: string;
  readonly number: number;
  readonly expected: readonly BlockRow[];
  readonly found: readonly FoundRow[];
  /** The line after the last that was found. */
  readonly endLine: number;
  /** Rows written before are gone by right. */
  readonly retiredBefore: string | undefined;
}

/**
 * Compares the rows that stand under a block with what the block says, in order.
 * @returns how many are gone by retention
 * @throws AuditFault for the first that is altered, missing, inserted or out of its place
 */
export function compareRows({ chain, number, expected, found, endLine, retiredBefore }: BlockRows): number {
  const known = new Set(expected.map(([id]) => id));
  const left = new Set(found.map(({ id }) => id));
  const at = (line: number, rowId: string): AuditPlace => ({ line, chain, block: number, rowId });
  let next = 0;
  let retired = 0;
  for (const [id, time, digest] of expected) {
    const row = found[next];
    const isHere = row?.id === id;
    if (isHere) {
      if (rowDigest(row.values) !== digest) throw new AuditFault('altered', at(row.line, id), 'the row is not as it was signed');
      left.delete(id);
      next += 1;
      continue;
    }
    const isElsewhere = left.has(id);
    if (row !== undefined && isElsewhere) {
      if (known.has(row.id) && left.has(row.id)) throw new AuditFault('reordered', at(row.line, row.id), `the row stands before ${id}`);
      throw new AuditFault('inserted', at(row.line, row.id), 'the row is not in its block, or is there twice');
    }
    if (row !== undefined && !known.has(row.id)) throw new AuditFault('altered', at(row.line, id), `row ${row.id} stands in its place`);
    if (digest === GONE_DIGEST)
      throw new AuditFault('missing', at(row?.line ?? endLine, id), 'the row was removed before its block was closed');
    if (retiredBefore === undefined || time >= retiredBefore)
      throw new AuditFault('missing', at(row?.line ?? endLine, id), 'the row is missing');
    retired += 1;
  }
  const extra = found[next];
  if (extra !== undefined) throw new AuditFault('inserted', at(extra.line, extra.id), 'the row is not in its block, or is there twice');
  return retired;
}
