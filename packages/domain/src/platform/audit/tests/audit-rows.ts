import { newId } from '@trii/kernel';
import type { TestPlatform } from '@trii/testkit';
import { type AuditValues, blockHash, GENESIS_HASH, rowDigest } from '../audit-format.ts';

export interface WrittenRow {
  readonly user_id?: string | null;
  readonly entity_type?: string;
  readonly old_values?: string | null;
  readonly new_values?: string | null;
  readonly ip_address?: string | null;
  readonly user_agent?: string | null;
  readonly request_id?: string | null;
  readonly created_at?: string;
}

const INSERT = `INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, old_values, new_values, ip_address, user_agent, created_at, actor, use_case, outcome, request_id)
  SELECT r.id, r.user_id, COALESCE(r.entity_type, 'TEST'), NULL, 'UPDATE', r.old_values, r.new_values, r.ip_address, r.user_agent, COALESCE(r.created_at, now()), 'system:test', 'test.audit', 'ok', r.request_id
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, user_id uuid, entity_type text, old_values jsonb, new_values jsonb, ip_address inet, user_agent text, created_at timestamptz, request_id text)`;

/** One statement that appends these rows, as text and values for whoever runs it; old_values and new_values are JSON texts. */
export function appendStatement(rows: readonly WrittenRow[]): { readonly ids: string[]; readonly text: string; readonly values: string[] } {
  const ids = rows.map(() => newId());
  const members = rows.map((row, index) => {
    const json = (['old_values', 'new_values'] as const).map((name) => `"${name}":${row[name] ?? 'null'}`);
    return `${JSON.stringify({ ...row, id: ids[index], old_values: undefined, new_values: undefined }).slice(0, -1)},${json.join(',')}}`;
  });
  return { ids, text: INSERT, values: [`[${members.join(',')}]`] };
}

export async function appendRows(platform: TestPlatform, rows: readonly WrittenRow[]): Promise<string[]> {
  const { ids, text, values } = appendStatement(rows);
  await platform.inspect(text, values);
  return ids;
}

interface Block {
  readonly chain: string;
  readonly number: number;
  readonly previous: string;
  readonly ids: string[];
  readonly times: string[];
  readonly digests: string[];
  readonly closed_at: string;
  readonly hash: string;
}

export const blocksOf = (platform: TestPlatform, chain: string | null): Promise<Block[]> =>
  platform.inspect<Block>(
    `SELECT chain, block_number::int AS number, encode(previous_hash, 'hex') AS previous, row_ids AS ids, ARRAY(SELECT audit_time(t) FROM unnest(row_times) AS t) AS times,
       ARRAY(SELECT encode(d, 'hex') FROM unnest(row_digests) AS d) AS digests, audit_time(closed_at) AS closed_at, encode(block_hash, 'hex') AS hash
     FROM audit_blocks WHERE $1::uuid IS NULL OR chain = $1 ORDER BY chain, block_number`,
    [chain],
  );

/** What is wrong with the chains, computed here and not by what is tested in SQL; nothing when every row is in exactly one block. */
export async function faultsOf(platform: TestPlatform): Promise<string[]> {
  const faults: string[] = [];
  const rows = await platform.inspect<{ id: string; chain: string; v: AuditValues }>(
    'SELECT id, audit_chain(user_id) AS chain, audit_row_values(l) AS v FROM audit_logs l',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const pending = new Set((await platform.inspect<{ id: string }>('SELECT id FROM audit_pending')).map(({ id }) => id));
  const seen = new Set<string>();
  let [chain, number, hash] = ['', 0, GENESIS_HASH];
  for (const block of await blocksOf(platform, null)) {
    if (block.chain !== chain) [chain, number, hash] = [block.chain, 0, GENESIS_HASH];
    const at = `${chain}:${block.number}`;
    if (block.number !== number + 1 || block.previous !== hash) faults.push(`${at} does not follow`);
    const content = block.ids.map((id, index) => [id, block.times[index] ?? '', block.digests[index] ?? ''] as const);
    const computed = blockHash({ chain, number: block.number, previousHash: block.previous, closedAt: block.closed_at, rows: content });
    if (computed !== block.hash) faults.push(`${at} has another hash`);
    for (const [id, , digest] of content) {
      const row = byId.get(id);
      if (seen.has(id) || pending.has(id)) faults.push(`${id} is there twice`);
      if (row?.chain !== chain || rowDigest(row.v) !== digest) faults.push(`${id} is not what ${at} says`);
      seen.add(id);
    }
    [number, hash] = [block.number, block.hash];
  }
  return [...faults, ...rows.filter(({ id }) => !seen.has(id) && !pending.has(id)).map(({ id }) => `${id} is in no block`)];
}
