import { createHash } from 'node:crypto';
import type { AuditKeys } from '../ports.ts';
import { AuditFault, compareRows, type FoundRow } from './audit-fault.ts';
import { type AuditBlockLine, type AuditHead, type AuditLine, parseLine, type UnchainedKind, valuesOf } from './audit-file.ts';
import { blockHash, GENESIS_HASH, rowDigest, signedText } from './audit-format.ts';

/** A block's hash that was noted when it was the newest of its chain. */
export interface NotedHead {
  readonly chain: string;
  readonly number: number;
  readonly hash: string;
}

export interface AuditVerification {
  readonly keys: AuditKeys;
  /** What must still be there: a tail that was cut off shows by nothing else. */
  readonly heads: readonly NotedHead[];
  /** Whoever verifies knows that retention took the rows before this instant, ISO 8601 in UTC; without it every row has to be there. */
  readonly retiredBefore?: string | undefined;
}

export interface AuditReport {
  readonly scope: AuditHead['scope'];
  readonly from: string | null;
  readonly to: string | null;
  readonly chains: number;
  readonly blocks: number;
  readonly rows: number;
  /** Rows that are named by signed blocks and gone by retention. */
  readonly retired: number;
  /** Rows in no block yet: nothing vouches for them. */
  readonly waiting: number;
  /** Chains whose beginning is not in this file: they verify from the hash before their first block. */
  readonly startLate: number;
  /** The newest block of each chain, of the first chains. */
  readonly heads: readonly NotedHead[];
}

/** One line of a file, without its line feed; only the last may lack one. */
export interface FileLine {
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
}

const HEADS_MAX = 20;
/** What a block of ours never exceeds tenfold: a bound on what is held of a forged file. */
const BLOCK_ROWS_MAX = 10_000;

/**
 * Verifies an export, line by line and without a database; holds one block at a time.
 * @throws AuditFault naming the first line that is not as it was written and signed
 */
export async function verifyAudit(lines: AsyncIterable<FileLine>, verification: AuditVerification): Promise<AuditReport> {
  const reader = new AuditReader(verification);
  for await (const line of lines) reader.take(line);
  return reader.finish();
}

interface OpenBlock {
  readonly line: number;
  readonly block: AuditBlockLine;
  readonly found: FoundRow[];
}

class AuditReader {
  readonly #verification: AuditVerification;
  readonly #digest = createHash('sha256');
  readonly #notedHashes: ReadonlyMap<string, string>;
  readonly #seenHeads = new Set<string>();
  #line = 0;
  #head: AuditHead | undefined;
  #open: OpenBlock | undefined;
  #last: NotedHead | undefined;
  #isEnded = false;
  readonly #heads: NotedHead[] = [];
  readonly #counts = { chains: 0, blocks: 0, rows: 0, retired: 0, waiting: 0, startLate: 0 };

  constructor(verification: AuditVerification) {
    this.#verification = verification;
    this.#notedHashes = new Map(verification.heads.map((head) => [headKey(head), head.hash]));
  }

  take({ bytes, isWhole }: FileLine): void {
    this.#line += 1;
    if (!isWhole) throw this.#fault('truncated', 'the file ends within this line');
    const line = this.#parse(bytes);
    if (this.#isEnded) throw this.#fault('inserted', 'the file goes on after its end');
    if ('end' in line) this.#end(line.end);
    else this.#digest.update(bytes).update('\n');
    if ('audit' in line) this.#begin(line);
    else if (this.#head === undefined) throw this.#fault('malformed', 'the file does not begin as an export');
    else if ('block' in line) this.#block(line.block);
    else if ('row' in line) this.#row(valuesOf(line.row));
    else if ('waiting' in line) this.#unchained('waiting', valuesOf(line.waiting.row), line.waiting.digest);
    else if ('loose' in line) this.#unchained('loose', valuesOf(line.loose.row), line.loose.digest);
  }

  finish(): AuditReport {
    if (!this.#isEnded || this.#head === undefined) throw this.#fault('truncated', 'the file ends before its end line');
    const missing = this.#verification.heads.find((head) => !this.#seenHeads.has(headKey(head)));
    if (missing !== undefined) {
      const place = { line: this.#line, chain: missing.chain, block: missing.number };
      throw new AuditFault('truncated', place, 'the head that was noted is not in this file');
    }
    const { scope, from, to } = this.#head;
    return { scope, from, to, ...this.#counts, heads: this.#heads };
  }

  #parse(bytes: Uint8Array): AuditLine {
    try {
      return parseLine(bytes);
    } catch {
      throw this.#fault('malformed', 'this is not what an export writes');
    }
  }

  #begin(head: AuditHead): void {
    if (this.#line !== 1) throw this.#fault('inserted', 'an export begins once');
    this.#head = head;
  }

  #block(block: AuditBlockLine): void {
    this.#closeBlock();
    this.#follow(block);
    const place = { line: this.#line, chain: block.chain, block: block.number };
    if (blockHash(block) !== block.hash) throw new AuditFault('altered', place, 'the block is not what its hash says');
    const { keys } = this.#verification;
    if (block.signature === '') throw new AuditFault('unsigned', place, 'the block has no signature');
    if (!keys.has(block.keyId))
      throw new AuditFault('unknown key', place, `the block is signed by key ${block.keyId}: give its public key too`);
    if (!keys.verify(block.keyId, signedText(block.hash), Buffer.from(block.signature, 'base64url')))
      throw new AuditFault('forged', place, `key ${block.keyId} did not sign this block`);
    const noted = this.#notedHashes.get(headKey(block));
    if (noted !== undefined && noted !== block.hash)
      throw new AuditFault('forged', place, 'the head that was noted has another hash: the chain was written anew');
    if (noted !== undefined) this.#seenHeads.add(headKey(block));
    this.#open = { line: this.#line, block, found: [] };
    this.#counts.blocks += 1;
  }

  /** The block before, or the beginning of a chain. */
  #follow({ chain, number, previousHash }: AuditBlockLine): void {
    const place = { line: this.#line, chain, block: number };
    const last = this.#last;
    if (last?.chain === chain) {
      if (number !== last.number + 1)
        throw new AuditFault('missing', { ...place, block: last.number + 1 }, `block ${number} stands in its place`);
      if (previousHash !== last.hash) throw new AuditFault('broken', place, 'the block does not follow the one before it');
      return;
    }
    this.#noteHead();
    if (last !== undefined && chain < last.chain) throw new AuditFault('reordered', place, `the chain stands after ${last.chain}`);
    this.#counts.chains += 1;
    if (number > 1 && this.#head?.from === null)
      throw new AuditFault('missing', { ...place, block: 1 }, `the chain begins with block ${number}`);
    if (number === 1 && previousHash !== GENESIS_HASH) throw new AuditFault('broken', place, 'a first block follows nothing');
    if (number > 1) this.#counts.startLate += 1;
  }

  #row(values: readonly (string | null)[]): void {
    const rowId = values[0] ?? '';
    if (this.#open === undefined) throw new AuditFault('inserted', { line: this.#line, rowId }, 'the row belongs to no block');
    this.#open.found.push({ line: this.#line, id: rowId, values });
    if (this.#open.found.length > BLOCK_ROWS_MAX) throw this.#fault('inserted', 'more rows than a block has');
  }

  #unchained(kind: UnchainedKind, values: readonly (string | null)[], digest: string): void {
    this.#closeBlock();
    const place = { line: this.#line, rowId: values[0] ?? '' };
    if (rowDigest(values) !== digest) throw new AuditFault('altered', place, 'the row is not as it was exported');
    if (kind === 'loose')
      throw new AuditFault('inserted', place, 'the row stands in no block and waits for none: it was added past the platform');
    this.#counts.waiting += 1;
  }

  #closeBlock(): void {
    if (this.#open === undefined) return;
    const { block, found } = this.#open;
    const { chain, number, rows: expected, hash } = block;
    const { retiredBefore } = this.#verification;
    const retired = compareRows({ chain, number, expected, found, endLine: this.#line, retiredBefore });
    this.#counts.rows += found.length;
    this.#counts.retired += retired;
    this.#last = { chain, number, hash };
    this.#open = undefined;
  }

  #noteHead(): void {
    if (this.#last !== undefined && this.#heads.length < HEADS_MAX) this.#heads.push(this.#last);
  }

  #end(end: { readonly blocks: number; readonly rows: number; readonly waiting: number; readonly digest: string }): void {
    this.#closeBlock();
    this.#noteHead();
    const { blocks, rows, waiting } = this.#counts;
    if (end.blocks !== blocks || end.rows !== rows || end.waiting !== waiting)
      throw this.#fault(
        'missing',
        `the export had ${end.blocks} blocks, ${end.rows} rows and ${end.waiting} that wait; here are ${blocks}, ${rows} and ${waiting}`,
      );
    if (end.digest !== this.#digest.digest('hex')) throw this.#fault('altered', 'the file is not the one that was exported');
    this.#isEnded = true;
  }

  /** Where the reading stands; in a block, the row that is due here. */
  #fault(kind: ConstructorParameters<typeof AuditFault>[0], what: string): AuditFault {
    const block = this.#open?.block;
    const rowId = block?.rows[this.#open?.found.length ?? 0]?.[0];
    return new AuditFault(kind, { line: this.#line, chain: block?.chain, block: block?.number, rowId }, what);
  }
}

const headKey = ({ chain, number }: Pick<NotedHead, 'chain' | 'number'>): string => `${chain}:${number}`;
