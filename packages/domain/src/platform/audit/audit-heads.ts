import { platform } from '@trii/contract';
import { handler } from '../handler.ts';

interface Head {
  readonly chain: string;
  readonly number: number;
  readonly hash: string;
  readonly key_id: string;
  readonly closed_at: string;
}

interface Waiting {
  readonly rows: number;
  readonly since: string | null;
}

/** From chain to chain by the index, since DISTINCT would read every block. */
export const auditHeadsHandler = handler(platform.auditHeads, async ({ sql }, { cursor, limit }) => {
  const heads = await sql<Head>`
    WITH RECURSIVE chains AS (
      (SELECT chain FROM audit_blocks WHERE ${cursor ?? null}::uuid IS NULL OR chain > ${cursor ?? null}::uuid ORDER BY chain LIMIT 1)
      UNION ALL
      SELECT (SELECT b.chain FROM audit_blocks b WHERE b.chain > c.chain ORDER BY b.chain LIMIT 1) FROM chains c WHERE c.chain IS NOT NULL)
    SELECT head.* FROM (SELECT chain FROM chains WHERE chain IS NOT NULL LIMIT ${limit + 1}) AS c CROSS JOIN LATERAL (
      SELECT b.chain, b.block_number::int AS number, encode(b.block_hash, 'hex') AS hash, b.signing_key_id AS key_id,
        to_char(b.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS closed_at
      FROM audit_blocks b WHERE b.chain = c.chain ORDER BY b.block_number DESC LIMIT 1) AS head
    ORDER BY head.chain`;
  const [waiting] = await sql<Waiting>`
    SELECT count(*)::int AS rows, to_char(min(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since
    FROM (SELECT created_at FROM audit_pending ORDER BY tx LIMIT 10000) AS oldest`;
  const shown = heads.slice(0, limit);
  return {
    items: shown.map((head) => ({
      chain: head.chain,
      blockNumber: head.number,
      blockHash: head.hash,
      signingKeyId: head.key_id,
      closedAt: head.closed_at,
    })),
    nextCursor: heads.length > limit ? (shown.at(-1)?.chain ?? null) : null,
    waiting: waiting ?? { rows: 0, since: null },
  };
});
