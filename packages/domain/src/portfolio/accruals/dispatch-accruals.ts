import { cash, subscriptions } from '@trii/contract';
import { invariant, newId } from '@trii/kernel';
import { handler, type Sql } from '../../platform/index.ts';
import { monthDue, type MonthDue } from './month-due.ts';

const [POST_JOB] = subscriptions[cash.AccrualShardDue.name] ?? [];

/** Most of the time every portfolio is closed up to that month: an index says so. */
export const accrualsDueHandler = handler(cash.accrualsDue, async (ctx) => {
  const month = await monthDue(ctx);
  return { due: (await dueShards(ctx.sql, month)).length > 0, through: month.through };
});

/** Safe at any time and from any number of processes: a part whose job is under way is left alone. */
export const dispatchAccrualsHandler = handler(cash.dispatchAccruals, async (ctx) => {
  const { sql, emit, note } = ctx;
  // One at a time: the next one then sees the jobs that this one asked for.
  await sql`SELECT pg_advisory_xact_lock(hashtext(${cash.dispatchAccruals.name}))`;
  const month = await monthDue(ctx);
  const runKey = newId();
  const shards = await dueShards(sql, month);
  const { through } = month;
  for (const shard of shards) emit(cash.AccrualShardDue, { aggregateId: runKey, payload: { shard, runKey, through } });
  const result = { runKey, through, shards };
  note({ entityId: runKey, newValues: result });
  return result;
});

/** Where nothing has a rate, nothing is due and no portfolio is looked at. */
async function dueShards(sql: Sql, { through, session }: MonthDue): Promise<number[]> {
  invariant(POST_JOB !== undefined, 'a job subscribes to due accruals');
  const rows = await sql<{ shard: number }>`
    SELECT DISTINCT strpos('0123456789abcdef', right(p.id::text, 1)) - 1 AS shard
    FROM portfolios p
    WHERE EXISTS (SELECT FROM accrual_rates WHERE valid_from <= ${through}::date)
      AND p.last_entry_date IS NOT NULL AND p.status <> 'CLOSED' AND p.opened_on <= ${through}::date
      AND (p.accrued_through IS NULL OR p.accrued_through < ${through}::date)
      AND (${session}::date IS NULL OR ((p.snapshots_dirty_from IS NULL OR p.snapshots_dirty_from > ${through}::date) AND p.snapshots_through >= ${session}::date))
      AND NOT EXISTS (
        SELECT FROM deliveries d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
        WHERE d.job_name = ${POST_JOB} AND d.status IN ('pending', 'relayed') AND d.status <> 'done'
          AND (o.payload ->> 'shard')::int = strpos('0123456789abcdef', right(p.id::text, 1)) - 1)
    ORDER BY 1`;
  return rows.map(({ shard }) => shard);
}
