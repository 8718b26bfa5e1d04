import { createHash } from 'node:crypto';
import { type InputOf, platform } from '@trii/contract';
import { handler, type QueryHandler } from '../handler.ts';
import type { Sql } from '../transactions.ts';
import { blockLine, endLine, headLine, rowLine, unchainedLine } from './audit-file.ts';
import { auditTime, type AuditValues, type BlockRow, PLATFORM_CHAIN, rowDigest } from './audit-format.ts';

/** Where an export goes: resolves when it takes more. */
export interface AuditSink {
  write(text: string): Promise<void>;
}

export interface ExportProgress {
  readonly blocks: number;
  readonly rows: number;
}

const BLOCKS_PER_PAGE = 2_000;
const ROWS_PER_PAGE = 5_000;
const UNCHAINED_PER_PAGE = 5_000;

interface Block {
  readonly chain: string;
  readonly number: number;
  readonly previous_hash: string;
  readonly closed_at: string;
  readonly ids: readonly string[];
  readonly times: readonly string[];
  readonly digests: readonly string[];
  readonly hash: string;
  readonly key_id: string;
  readonly signature: string;
}

type Scope = InputOf<typeof platform.exportAudit>;

/**
 * Streams chains, their rows and what waits for a block, as of one moment: all of it is read in one snapshot. Made for one sink; holds one page.
 */
export function exportAuditHandler(
  sink: AuditSink,
  onProgress: (progress: ExportProgress) => void = () => undefined,
): QueryHandler<typeof platform.exportAudit> {
  return handler(platform.exportAudit, async ({ sql, clock }, scope) => {
    // However long it takes: one statement is a page, and the sink may be slow.
    await sql`SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '600s', true)`;
    const counts = { blocks: 0, rows: 0, waiting: 0 };
    const digest = createHash('sha256');
    const write = async (text: string): Promise<void> => {
      digest.update(text);
      await sink.write(text);
    };
    const { personId = null, from = null, to = null } = scope;
    await write(
      headLine({
        audit: 'trii-audit-export-1',
        scope: scope.scope,
        personId,
        from,
        to,
        exportedAt: auditTime(clock.now()),
        rowsFrom: await oldestMonth(sql),
      }),
    );
    for await (const blocks of pagesOfBlocks(sql, scope)) {
      const rows = await rowsOf(sql, blocks);
      for (const block of blocks) {
        await write(blockLine(shown(block)));
        const found = block.ids.map((id) => rows.get(`${block.chain}:${block.number}:${id}`));
        const texts = found.filter((values) => values !== undefined).map((values) => rowLine(values));
        await write(texts.join(''));
        counts.blocks += 1;
        counts.rows += texts.length;
      }
      onProgress(counts);
    }
    for (const kind of ['waiting', 'loose'] as const) {
      for await (const values of kind === 'waiting' ? waitingRows(sql, scope) : looseRows(sql, scope)) {
        await write(unchainedLine(kind, values, rowDigest(values)));
        if (kind === 'waiting') counts.waiting += 1;
      }
    }
    await sink.write(endLine({ ...counts, digest: digest.digest('hex') }));
    return counts;
  });
}

/** Null: every chain. */
const chainOf = ({ scope, personId }: Scope): string | null =>
  scope === 'all' ? null : scope === 'platform' ? PLATFORM_CHAIN : (personId ?? null);

const shown = (block: Block) => ({
  chain: block.chain,
  number: block.number,
  previousHash: block.previous_hash,
  closedAt: block.closed_at,
  rows: block.ids.map((id, index): [...BlockRow] => [id, block.times[index] ?? '', block.digests[index] ?? '']),
  hash: block.hash,
  keyId: block.key_id,
  signature: block.signature,
});

async function oldestMonth(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ at: string | null }>`
    SELECT audit_time(min(substring(pg_get_expr(c.relpartbound, c.oid) FROM $$FROM \('([^']+)'\)$$)::timestamptz)) AS at
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_logs'::regclass`;
  return row?.at ?? null;
}

/** Whole blocks without a gap: from the first with a row at or after `from` to the last with one before `to`. */
async function* pagesOfBlocks(sql: Sql, scope: Scope): AsyncGenerator<readonly Block[]> {
  const chain = chainOf(scope);
  const { from = null, to = null } = scope;
  let after = { chain: chain ?? PLATFORM_CHAIN, number: 0 };
  for (;;) {
    const page = await sql<Block>`
      SELECT b.chain, b.block_number::int AS number, encode(b.previous_hash, 'hex') AS previous_hash, audit_time(b.closed_at) AS closed_at, b.row_ids::text[] AS ids,
        ARRAY(SELECT audit_time(t) FROM unnest(b.row_times) WITH ORDINALITY AS u (t, n) ORDER BY n) AS times,
        ARRAY(SELECT encode(d, 'hex') FROM unnest(b.row_digests) WITH ORDINALITY AS u (d, n) ORDER BY n) AS digests,
        encode(b.block_hash, 'hex') AS hash, b.signing_key_id AS key_id, rtrim(translate(encode(b.signature, 'base64'), E'+/\n', '-_'), '=') AS signature
      FROM audit_blocks b
      WHERE (b.chain, b.block_number) > (${after.chain}::uuid, ${after.number}::bigint) AND (${chain}::uuid IS NULL OR b.chain = ${chain}::uuid)
        AND (${from}::timestamptz IS NULL OR EXISTS (SELECT FROM audit_blocks f WHERE f.chain = b.chain AND f.block_number <= b.block_number AND f.last_row_at >= ${from}::timestamptz))
        AND (${to}::timestamptz IS NULL OR EXISTS (SELECT FROM audit_blocks l WHERE l.chain = b.chain AND l.block_number >= b.block_number AND l.first_row_at < ${to}::timestamptz))
      ORDER BY b.chain, b.block_number LIMIT ${BLOCKS_PER_PAGE}`;
    let part: Block[] = [];
    let rows = 0;
    for (const block of page) {
      if (rows + block.ids.length > ROWS_PER_PAGE && part.length > 0) {
        yield part;
        [part, rows] = [[], 0];
      }
      part.push(block);
      rows += block.ids.length;
    }
    if (part.length > 0) yield part;
    const last = page.at(-1);
    if (last === undefined || page.length < BLOCKS_PER_PAGE) return;
    after = { chain: last.chain, number: last.number };
  }
}

/** By block and id; a row that is gone is not there. */
async function rowsOf(sql: Sql, blocks: readonly Block[]): Promise<ReadonlyMap<string, AuditValues>> {
  const keys = blocks.flatMap(({ chain, number, ids, times }) =>
    ids.map((id, index) => ({ key: `${chain}:${number}:${id}`, id, at: times[index] ?? '' })),
  );
  const found = await sql<{ n: number; v: AuditValues }>`
    SELECT x.n::int AS n, l.v FROM unnest(${keys.map(({ id }) => id)}::uuid[], ${keys.map(({ at }) => at)}::timestamptz[]) WITH ORDINALITY AS x (id, at, n)
    CROSS JOIN LATERAL (SELECT audit_row_values(a) AS v FROM audit_logs a WHERE a.id = x.id AND a.created_at = x.at OFFSET 0) AS l`;
  return new Map(found.map(({ n, v }) => [keys[n - 1]?.key ?? '', v]));
}

async function* waitingRows(sql: Sql, scope: Scope): AsyncGenerator<AuditValues> {
  const chain = chainOf(scope);
  const { from = null, to = null } = scope;
  let after = { tx: '0', id: PLATFORM_CHAIN };
  for (;;) {
    const page = await sql<{ tx: string; id: string; v: AuditValues }>`
      SELECT p.tx::text AS tx, p.id, l.v FROM audit_pending p
      CROSS JOIN LATERAL (SELECT audit_row_values(a) AS v FROM audit_logs a WHERE a.id = p.id AND a.created_at = p.created_at OFFSET 0) AS l
      WHERE (p.tx, p.id) > (${after.tx}::xid8, ${after.id}::uuid) AND (${chain}::uuid IS NULL OR p.chain = ${chain}::uuid)
        AND (${from}::timestamptz IS NULL OR p.created_at >= ${from}::timestamptz) AND (${to}::timestamptz IS NULL OR p.created_at < ${to}::timestamptz)
      ORDER BY p.tx, p.id LIMIT ${UNCHAINED_PER_PAGE}`;
    for (const { v } of page) yield v;
    const last = page.at(-1);
    if (last === undefined || page.length < UNCHAINED_PER_PAGE) return;
    after = { tx: last.tx, id: last.id };
  }
}

/** One look over all there is: rows that got in past the trigger. The first are enough to say so. */
async function* looseRows(sql: Sql, scope: Scope): AsyncGenerator<AuditValues> {
  const chain = chainOf(scope);
  const { from = null, to = null } = scope;
  const rows = await sql<{ v: AuditValues }>`
    SELECT audit_row_values(a) AS v FROM audit_logs a
    WHERE (${chain}::uuid IS NULL OR a.user_id IS NOT DISTINCT FROM NULLIF(${chain}::uuid, ${PLATFORM_CHAIN}::uuid))
      AND (${from}::timestamptz IS NULL OR a.created_at >= ${from}::timestamptz) AND (${to}::timestamptz IS NULL OR a.created_at < ${to}::timestamptz)
      AND NOT EXISTS (SELECT FROM audit_pending p WHERE p.id = a.id AND p.created_at = a.created_at)
      AND NOT EXISTS (
        SELECT FROM (SELECT r.id, r.at FROM audit_blocks b CROSS JOIN LATERAL unnest(b.row_ids, b.row_times) AS r (id, at)
          WHERE (${chain}::uuid IS NULL OR b.chain = ${chain}::uuid) AND (${from}::timestamptz IS NULL OR b.last_row_at >= ${from}::timestamptz)) AS chained
        WHERE chained.id = a.id AND chained.at = a.created_at)
    ORDER BY a.created_at, a.id LIMIT 1000`;
  for (const { v } of rows) yield v;
}
