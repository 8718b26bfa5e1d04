import { createHash } from 'node:crypto';

/**
 * How a row becomes a digest and a block a hash, the same in PostgreSQL (audit_row_values, audit_row_digest) and here, where an export is
 * verified without any database. A change makes a new format: blocks of this one keep it.
 */
export const AUDIT_FORMAT = 1;

/** Every column of audit_logs, in the order in which it is hashed. */
export const AUDIT_COLUMNS = [
  'id',
  'user_id',
  'entity_type',
  'entity_id',
  'action',
  'old_values',
  'new_values',
  'ip_address',
  'user_agent',
  'created_at',
  'actor',
  'use_case',
  'outcome',
  'request_id',
] as const;

/** A row as PostgreSQL prints its columns. */
export type AuditValues = readonly (string | null)[];

/** The chain of the rows that belong to nobody. */
export const PLATFORM_CHAIN = '00000000-0000-0000-0000-000000000000';
/** What the first block of a chain follows. */
export const GENESIS_HASH = '0'.repeat(64);
/** The digest of a row that was already gone when its block was closed. */
export const GONE_DIGEST = '0'.repeat(64);

/** A row in a block: its id, its created_at as text, its digest in hexadecimal. */
export type BlockRow = readonly [id: string, at: string, digest: string];

export interface BlockContent {
  readonly chain: string;
  /** From 1, without a gap. */
  readonly number: number;
  readonly previousHash: string;
  /** ISO 8601 in UTC with microseconds, like every time that is hashed. */
  readonly closedAt: string;
  readonly rows: readonly BlockRow[];
}

// Each value with its length in bytes, null as `-`: no two lists have one encoding.
const encoded = (values: AuditValues): string =>
  values.map((value) => (value === null ? '-' : `${Buffer.byteLength(value)}:${value}`)).join('');
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 over all of a row, in hexadecimal. */
export const rowDigest = (values: AuditValues): string => sha256(`trii-audit-row-1;${encoded(values)}`);

/** SHA-256 over a block's content, and through previousHash over all blocks before it. */
export function blockHash({ chain, number, previousHash, closedAt, rows }: BlockContent): string {
  return sha256(`trii-audit-block-1;${encoded([chain, String(number), previousHash, closedAt, String(rows.length), ...rows.flat()])}`);
}

/** What is signed of a block. The prefix keeps the signature from meaning anything elsewhere. */
export const signedText = (hash: string): Buffer => Buffer.from(`trii-audit-head-1;${hash}`);

/** A Date holds milliseconds; what is hashed has microseconds, as PostgreSQL. */
export const auditTime = (at: Date): string => at.toISOString().replace('Z', '000Z');
