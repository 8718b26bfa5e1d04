import { analytics, subscriptions, type PayloadOf } from '@trii/contract';
import { invariant, type LocalDate } from '@trii/kernel';
import type { z } from 'zod';
import type { Sql } from '../platform/index.ts';

export type SnapshotLook = z.output<typeof analytics.SnapshotLook>;
export type Shard = PayloadOf<typeof analytics.SnapshotShardDue>['shard'];

/** What could not be done is tried again after this long, not with every look. */
const RETRY_AFTER_MINUTES = 60;

const [SNAPSHOT_JOB] = subscriptions[analytics.SnapshotShardDue.name] ?? [];

export interface DueShards {
  /** In order, without those that are busy. */
  readonly due: readonly { readonly shard: Shard; readonly portfolios: number }[];
  /** Parts whose job waits or runs, or gave up within the last hour. */
  readonly busy: readonly Shard[];
}

/**
 * The parts of the id space with due portfolios: those whose ledger changed since their snapshots were written, those without a snapshot of
 * the last session, and those with later ones (the valuation date was set back). A part is the last hexadecimal digit of the id: a UUID v7
 * begins with time, so its first digits would put all new portfolios into one part.
 *
 * All of them are found by indexes, in time that grows with what is due and not with what there is.
 */
export async function findDueShards(
  sql: Sql,
  { look, through }: { readonly look: SnapshotLook; readonly through: LocalDate },
): Promise<DueShards> {
  const busy = await findBusyShards(sql, look);
  if (busy.length === analytics.SNAPSHOT_SHARDS) return { due: [], busy };
  const among = { look, through, busy: busy.map((shard) => shard.toString(16)) };
  return { due: look === 'changed' ? await countChanged(sql, among) : await countLacking(sql, among), busy };
}

interface Among {
  readonly look: SnapshotLook;
  readonly through: LocalDate;
  /** Their last digits. */
  readonly busy: readonly string[];
}

/** Closed ones too: their last days are written, and then no more. A statement of its own: of one that serves every look the planner would make a visit to all. */
async function countChanged(sql: Sql, { busy }: Among): Promise<DueShards['due']> {
  return sql<DueShards['due'][number]>`
    SELECT strpos('0123456789abcdef', right(p.id::text, 1)) - 1 AS shard, count(*)::int AS portfolios
    FROM portfolios p
    WHERE p.snapshots_dirty_from IS NOT NULL AND p.last_entry_date IS NOT NULL
      AND right(p.id::text, 1) <> ALL (${busy}::text[])
      AND NOT EXISTS (
        SELECT FROM outbox o WHERE o.aggregate_id = p.id AND o.name = ${analytics.SnapshotsBlocked.name}
          AND o.created_at > now() - make_interval(mins => ${RETRY_AFTER_MINUTES}))
    GROUP BY 1 ORDER BY 1`;
}

async function countLacking(sql: Sql, { look, through, busy }: Among): Promise<DueShards['due']> {
  return sql<DueShards['due'][number]>`
    SELECT strpos('0123456789abcdef', right(p.id::text, 1)) - 1 AS shard, count(*)::int AS portfolios
    FROM portfolios p
    WHERE p.last_entry_date IS NOT NULL AND right(p.id::text, 1) <> ALL (${busy}::text[])
      AND (p.snapshots_dirty_from IS NOT NULL OR p.snapshots_through IS NULL OR p.snapshots_through < ${through}::date
        OR p.snapshots_through > ${through}::date)
      AND (p.snapshots_dirty_from IS NOT NULL OR (p.status <> 'CLOSED' AND p.opened_on <= ${through}::date))
      AND (${look}::text = 'all' OR NOT EXISTS (
        SELECT FROM outbox o WHERE o.aggregate_id = p.id AND o.name = ${analytics.SnapshotsBlocked.name}
          AND o.created_at > now() - make_interval(mins => ${RETRY_AFTER_MINUTES})))
    GROUP BY 1 ORDER BY 1`;
}

export const sumPortfolios = (due: DueShards['due']): number => due.reduce((sum, { portfolios }) => sum + portfolios, 0);

/** `<> 'done'` says nothing new: it is the condition of the index that holds only what is not done. */
async function findBusyShards(sql: Sql, look: SnapshotLook): Promise<Shard[]> {
  invariant(SNAPSHOT_JOB !== undefined, 'a job subscribes to due snapshots');
  const rows = await sql<{ shard: number }>`
    SELECT DISTINCT (o.payload ->> 'shard')::int AS shard
    FROM deliveries d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
    WHERE d.job_name = ${SNAPSHOT_JOB} AND o.name = ${analytics.SnapshotShardDue.name} AND d.status <> 'done'
      AND (d.status = 'pending' OR d.status = 'relayed'
        OR (${look}::text <> 'all' AND d.status = 'dead' AND d.created_at > now() - make_interval(mins => ${RETRY_AFTER_MINUTES})))`;
  return rows.map(({ shard }) => shard);
}

export interface DuePortfolio {
  readonly id: string;
  readonly userId: string;
  readonly baseCurrency: string;
  readonly openedOn: LocalDate;
  readonly dirtyFrom: LocalDate | null;
}

export interface DueRange {
  readonly shard: Shard;
  /** Ids up to this one were looked at in this run. */
  readonly after: string;
  readonly through: LocalDate;
  /** Whether `through` is the newest session there is: only then may later snapshots go. */
  readonly isNewest: boolean;
}

/** Ids looked at in one statement: the next due one mostly is among the first; where none is, the next statement looks further. */
const PAGE = 100;
const PAGE_MAX = 6_400;

/** The next due portfolio of the part, its row locked: no entry can be posted until the transaction ends. */
export async function takeDuePortfolio(sql: Sql, range: DueRange): Promise<DuePortfolio | undefined> {
  let { after } = range;
  for (let limit = PAGE; ; limit = Math.min(4 * limit, PAGE_MAX)) {
    const page = await lookAtPage(sql, { ...range, after }, limit);
    const found = page.find(({ isDue }) => isDue) ?? page.at(-1);
    if (found === undefined) return undefined;
    after = found.id;
    const portfolio = found.isDue ? await lockPortfolio(sql, found.id) : undefined;
    if (portfolio !== undefined) return portfolio;
  }
}

/** Page by page, so that the order of ids is followed whatever the planner thinks of the condition. */
async function lookAtPage(sql: Sql, range: DueRange, limit: number): Promise<{ id: string; isDue: boolean }[]> {
  const { shard, after, through, isNewest } = range;
  return sql<{ id: string; isDue: boolean }>`
    WITH page AS MATERIALIZED (
      SELECT id, opened_on, snapshots_dirty_from AS dirty_from, snapshots_through AS reach FROM portfolios
      WHERE id > ${after}::uuid AND right(id::text, 1) = ${shard.toString(16)} AND last_entry_date IS NOT NULL
        AND (status <> 'CLOSED' OR snapshots_dirty_from IS NOT NULL)
      ORDER BY id LIMIT ${limit})
    SELECT p.id, COALESCE(p.dirty_from <= ${through}::date OR ((p.reach IS NULL OR p.reach < ${through}::date) AND p.opened_on <= ${through}::date)
      OR (${isNewest}::boolean AND (p.dirty_from IS NOT NULL OR p.reach > ${through}::date)), false) AS "isDue"
    FROM page p ORDER BY p.id`;
}

/** The lock lets foreign keys be checked (NO KEY), or everyone who writes for this portfolio would wait. Closed and written to its last day while we waited: not ours. */
async function lockPortfolio(sql: Sql, id: string): Promise<DuePortfolio | undefined> {
  const [portfolio] = await sql<DuePortfolio>`
    SELECT id, user_id AS "userId", base_currency AS "baseCurrency", opened_on AS "openedOn", snapshots_dirty_from AS "dirtyFrom"
    FROM portfolios WHERE id = ${id} AND (status <> 'CLOSED' OR snapshots_dirty_from IS NOT NULL) FOR NO KEY UPDATE`;
  return portfolio;
}
