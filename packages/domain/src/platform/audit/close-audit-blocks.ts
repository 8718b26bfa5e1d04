import { platform } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler, type BatchHandler, type ChunkContext } from '../handler.ts';
import type { AuditSigner } from '../ports.ts';
import { AUDIT_FORMAT, auditTime, blockHash, type BlockContent, type BlockRow, GENESIS_HASH, signedText } from './audit-format.ts';

/** Rows to a transaction, and so the most blocks: signing 5,000 takes about a third of a second. */
const ROWS_PER_CHUNK = 5_000;
/** Rows to a block, so that whoever verifies holds little. */
const ROWS_PER_BLOCK = 1_000;

interface TakenRow {
  readonly chain: string;
  readonly id: string;
  readonly created_at: string;
  readonly digest: Buffer;
}

interface Head {
  readonly chain: string;
  readonly number: string;
  readonly hash: string;
}

/** Tells whether there is anything to close, so that an idle platform leaves no trace. */
export const auditDueHandler = handler(platform.auditDue, async ({ sql }) => {
  const [row] = await sql<{ due: boolean }>`SELECT audit_due(${platform.closeAuditBlocks.name}) AS due`;
  return { due: row?.due ?? false };
});

/**
 * Chains the audit rows that no running transaction can precede any more. A chunk takes rows off the queue and writes their blocks in one
 * transaction: killed at any point, each row is either still queued or in exactly one block. The key never enters the database.
 */
export function closeAuditBlocksHandler(signer: AuditSigner): BatchHandler<typeof platform.closeAuditBlocks> {
  return handler(platform.closeAuditBlocks, {
    progress: () => ({ shard: '*', runKey: newId() }),
    async chunk(context) {
      const taken = await takeRows(context);
      const blocks = await linked(context, taken);
      await writeBlocks(context, blocks, signer);
      const counts = { rows: taken.length, blocks: blocks.length };
      return { cursor: taken.length < ROWS_PER_CHUNK ? null : { rows: taken.length }, counts, rows: taken.length };
    },
    finish: ({ rows = 0, blocks = 0 }) => ({ rows, blocks }),
  });
}

/** One closing at a time; the lock in a statement of its own, since what follows needs a snapshot that sees the other's blocks. */
async function takeRows({ sql }: ChunkContext): Promise<TakenRow[]> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('close-audit-blocks'))`;
  return sql<TakenRow>`SELECT chain, id, created_at, digest FROM take_pending_audit(${ROWS_PER_CHUNK})`;
}

/** The rows cut into blocks, each linked to the one before it. */
async function linked({ sql, clock }: ChunkContext, taken: readonly TakenRow[]): Promise<BlockContent[]> {
  const byChain = Map.groupBy(taken, ({ chain }) => chain);
  const heads = await sql<Head>`SELECT head.* FROM unnest(${[...byChain.keys()]}::uuid[]) AS wanted (chain) CROSS JOIN LATERAL (
      SELECT b.chain, b.block_number AS number, encode(b.block_hash, 'hex') AS hash FROM audit_blocks b
      WHERE b.chain = wanted.chain ORDER BY b.block_number DESC LIMIT 1) AS head`;
  const headOf = new Map(heads.map((head) => [head.chain, head]));
  const closedAt = auditTime(clock.now());
  return [...byChain].flatMap(([chain, rows]) => {
    const head = headOf.get(chain);
    let [number, previousHash] = [Number(head?.number ?? 0), head?.hash ?? GENESIS_HASH];
    const blocks: BlockContent[] = [];
    for (let start = 0; start < rows.length; start += ROWS_PER_BLOCK) {
      number += 1;
      const block = { chain, number, previousHash, closedAt, rows: rows.slice(start, start + ROWS_PER_BLOCK).map(blockRow) };
      blocks.push(block);
      previousHash = blockHash(block);
    }
    return blocks;
  });
}

const blockRow = ({ id, created_at, digest }: TakenRow): BlockRow => [id, created_at, digest.toString('hex')];

async function writeBlocks({ sql }: ChunkContext, blocks: readonly BlockContent[], signer: AuditSigner): Promise<void> {
  if (blocks.length === 0) return;
  const records = blocks.map((block) => {
    const hash = blockHash(block);
    return {
      chain: block.chain,
      block_number: block.number,
      previous_hash: bytea(block.previousHash),
      row_ids: block.rows.map(([id]) => id),
      row_times: block.rows.map(([, at]) => at),
      row_digests: block.rows.map(([, , digest]) => bytea(digest)),
      closed_at: block.closedAt,
      block_hash: bytea(hash),
      signature: bytea(signer.sign(signedText(hash)).toString('hex')),
    };
  });
  await sql`INSERT INTO audit_blocks (chain, block_number, format, previous_hash, row_count, row_ids, row_times, row_digests, first_row_at, last_row_at,
      closed_at, block_hash, signature, signing_key_id)
    SELECT b.chain, b.block_number, ${AUDIT_FORMAT}, b.previous_hash, cardinality(b.row_ids), b.row_ids, b.row_times, b.row_digests,
      (SELECT min(at) FROM unnest(b.row_times) AS at), (SELECT max(at) FROM unnest(b.row_times) AS at), b.closed_at, b.block_hash, b.signature, ${signer.keyId}
    FROM jsonb_to_recordset(${JSON.stringify(records)}::jsonb) AS b (chain uuid, block_number bigint, previous_hash bytea, row_ids uuid[], row_times timestamptz[],
      row_digests bytea[], closed_at timestamptz, block_hash bytea, signature bytea)`;
}

const bytea = (hex: string): string => `\\x${hex}`;
