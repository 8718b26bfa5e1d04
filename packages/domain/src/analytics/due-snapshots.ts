import { analytics, subscriptions, type PayloadOf } from '@trii/contract';
import { invariant, type LocalDate } from '@trii/kernel';
import type { z } from 'zod';
import type { Sql } from '../platform/index.ts';

export type SnapshotLook = z.output<typeof analytics.SnapshotLook>;
export type Shard = PayloadOf<typeof analytics.SnapshotShardDue>['shard'];

/** What could not be done is tried again after this long, not with every look. */
const RETRY_AFTER_MINUTES = 60;

const [SNAPSHOT_JOB] = subscriptions[analytics.SnapshotShardDue.name] ?? [];

export interface DueShard {
  readonly shard: Shard;
  readonly portfolios: number;
  /** A job for it waits or runs, or gave up within the last hour. */
  readonly isBusy: boolean;
}

/**
 * The parts of the id space with due portfolios: those whose ledger changed since their snapshots were written, those without a snapshot of
 * the last session, and those with later ones (the valuation date was set back). A part is the last hexadecimal digit of the id: a UUID v7
 * begins with time, so its first digits would put all new portfolios into one part.
 *
 * The look `changed` is a walk over a partial index that is empty most of the time; the other two visit every portfolio.
 */
export async function findDueShards(
  sql: Sql,
  { look, through }: { readonly look: SnapshotLook; readonly through: LocalDate },
): Promise<DueShard[]> {
  invariant(SNAPSHOT_JOB !== undefined, 'a job subscribes to due snapshots');
  return sql<{ shard: number; portfolios: number; isBusy: boolean }>`
    WITH due AS (
      SELECT strpos('0123456789abcdef', right(p.id::text, 1)) - 1 AS shard, count(*)::int AS portfolios
      FROM portfolios p
      WHERE p.status IN ('ACTIVE', 'SUSPENDED') AND p.last_entry_date IS NOT NULL
        AND (p.snapshots_dirty_from IS NOT NULL OR (
          ${look}::text <> 'changed' AND p.opened_on <= ${through}::date
          AND (NOT EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date = ${through}::date)
            OR EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date > ${through}::date))))
        AND (${look}::text = 'all' OR NOT EXISTS (
          SELECT FROM outbox o WHERE o.aggregate_id = p.id AND o.name = ${analytics.SnapshotsBlocked.name}
            AND o.created_at > now() - make_interval(mins => ${RETRY_AFTER_MINUTES})))
      GROUP BY 1
    ), busy AS (
      SELECT DISTINCT (o.payload ->> 'shard')::int AS shard
      FROM deliveries d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
      WHERE d.job_name = ${SNAPSHOT_JOB} AND o.name = ${analytics.SnapshotShardDue.name}
        AND (d.status = 'pending' OR d.status = 'relayed'
          OR (${look}::text <> 'all' AND d.status = 'dead' AND d.created_at > now() - make_interval(mins => ${RETRY_AFTER_MINUTES})))
    )
    SELECT due.shard, due.portfolios, busy.shard IS NOT NULL AS "isBusy" FROM due LEFT JOIN busy USING (shard) ORDER BY due.shard`;
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

/**
 * The next due portfolio of the part, its row locked: no entry can be posted until the transaction ends. The lock lets foreign keys be checked
 * (NO KEY), or everyone who writes for this portfolio would wait.
 */
export async function takeDuePortfolio(sql: Sql, { shard, after, through, isNewest }: DueRange): Promise<DuePortfolio | undefined> {
  const [portfolio] = await sql<DuePortfolio>`
    SELECT p.id, p.user_id AS "userId", p.base_currency AS "baseCurrency", p.opened_on AS "openedOn", p.snapshots_dirty_from AS "dirtyFrom"
    FROM portfolios p
    WHERE right(p.id::text, 1) = ${shard.toString(16)} AND p.id > ${after}::uuid
      AND p.status IN ('ACTIVE', 'SUSPENDED') AND p.last_entry_date IS NOT NULL
      AND (p.snapshots_dirty_from <= ${through}::date
        OR (p.opened_on <= ${through}::date AND NOT EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date = ${through}::date))
        OR (${isNewest}::boolean AND (p.snapshots_dirty_from IS NOT NULL
          OR EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date > ${through}::date))))
    ORDER BY p.id LIMIT 1 FOR NO KEY UPDATE`;
  return portfolio;
}
