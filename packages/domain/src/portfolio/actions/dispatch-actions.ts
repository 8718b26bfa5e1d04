import { portfolio, subscriptions } from '@trii/contract';
import { invariant, newId, type LocalDate } from '@trii/kernel';
import { handler, valuationDate, type Sql } from '../../platform/index.ts';
import { renameTargets } from './rename-targets.ts';

/** What is blocked is tried again after this long, not with every look. */
const RETRY_AFTER_MINUTES = 60;
const ALL_SHARDS = 2 ** portfolio.ACTION_SHARDS - 1;
const [APPLY_JOB] = subscriptions[portfolio.ActionShardDue.name] ?? [];

/** A read over two partial indexes that are nearly empty most of the time. */
export const actionsDueHandler = handler(portfolio.actionsDue, async ({ sql, clock }) => {
  const through = await valuationDate(sql, clock);
  const [row] = await sql<{ due: boolean }>`
    SELECT EXISTS (SELECT FROM corporate_actions WHERE status = 'ANNOUNCED' AND effective_date <= ${through}::date)
      OR EXISTS (SELECT FROM portfolio_actions p JOIN corporate_actions a ON a.id = p.action_id
        WHERE p.transaction_id IS NULL AND a.effective_date <= ${through}::date
          AND (p.status = 'DUE' OR (p.status = 'BLOCKED' AND p.updated_at < now() - make_interval(mins => ${RETRY_AFTER_MINUTES})))) AS due`;
  return { due: row?.due === true, through };
});

/** Safe at any time and from any number of processes: a part whose job is under way is left alone. */
export const dispatchActionsHandler = handler(portfolio.dispatchActions, async (ctx) => {
  const { sql, emit, note } = ctx;
  // One at a time: the next one then sees the jobs that this one asked for.
  await sql`SELECT pg_advisory_xact_lock(hashtext(${portfolio.dispatchActions.name}))`;
  const through = await valuationDate(sql, ctx.clock);
  const runKey = newId();
  const renamed = await giveNames(sql, through);
  await endTrading(sql, through);
  await leaveOutEmptyShards(sql, through);
  const shards = await dueShards(sql, through);
  for (const shard of shards) emit(portfolio.ActionShardDue, { aggregateId: runKey, payload: { shard, runKey, through } });
  const result = { runKey, through, renamed, shards };
  note({ entityId: runKey, newValues: result });
  return result;
});

/** Bars, positions and postings hang on the instrument's id: only its name changes. The former one stays in the action and is still found. */
async function giveNames(sql: Sql, through: LocalDate): Promise<number> {
  const due = await sql<{ id: string; instrument_id: string; old_symbol: string; new_symbol: string }>`
    SELECT id, instrument_id, old_symbol, new_symbol FROM corporate_actions
    WHERE status = 'ANNOUNCED' AND kind = 'SYMBOL_CHANGE' AND effective_date <= ${through}::date ORDER BY effective_date, id`;
  for (const { id, instrument_id: instrumentId, old_symbol: before, new_symbol: symbol } of due) {
    await sql`UPDATE instruments SET symbol = ${symbol}, updated_at = now() WHERE id = ${instrumentId}`;
    await renameTargets(sql, before, symbol);
    await sql`UPDATE corporate_actions SET status = 'APPLIED', applied_shards = ${ALL_SHARDS}, updated_at = now() WHERE id = ${id}`;
  }
  return due.length;
}

async function endTrading(sql: Sql, through: LocalDate): Promise<void> {
  await sql`
    UPDATE instruments i SET is_tradeable = false, updated_at = now() FROM corporate_actions a
    WHERE a.instrument_id = i.id AND a.kind = 'DELISTING' AND a.status = 'ANNOUNCED' AND a.effective_date <= ${through}::date AND i.is_tradeable`;
}

/** A part without a single holder is done. */
async function leaveOutEmptyShards(sql: Sql, through: LocalDate): Promise<void> {
  await sql`
    WITH due AS (
      SELECT a.id, a.applied_shards | (${ALL_SHARDS}::int & ~COALESCE((
        SELECT bit_or(1 << (strpos('0123456789abcdef', right(q.portfolio_id::text, 1)) - 1)) FROM positions q WHERE q.instrument_id = a.instrument_id), 0)) AS shards
      FROM corporate_actions a
      WHERE a.status = 'ANNOUNCED' AND a.kind <> 'SYMBOL_CHANGE' AND a.effective_date <= ${through}::date
      FOR UPDATE OF a)
    UPDATE corporate_actions a SET applied_shards = due.shards, updated_at = now(),
      status = CASE WHEN due.shards = ${ALL_SHARDS} THEN 'APPLIED' ELSE a.status END
    FROM due WHERE due.id = a.id AND a.applied_shards <> due.shards`;
}

async function dueShards(sql: Sql, through: LocalDate): Promise<number[]> {
  invariant(APPLY_JOB !== undefined, 'a job subscribes to due actions');
  const rows = await sql<{ shard: number }>`
    SELECT s.shard FROM generate_series(0, ${portfolio.ACTION_SHARDS - 1}::int) AS s (shard)
    WHERE (EXISTS (SELECT FROM corporate_actions a WHERE a.status = 'ANNOUNCED' AND a.kind <> 'SYMBOL_CHANGE' AND a.effective_date <= ${through}::date
          AND (a.applied_shards >> s.shard) & 1 = 0)
        OR EXISTS (SELECT FROM portfolio_actions p JOIN corporate_actions a ON a.id = p.action_id
          WHERE p.transaction_id IS NULL AND p.status IN ('DUE', 'BLOCKED') AND a.effective_date <= ${through}::date
            AND right(p.portfolio_id::text, 1) = to_hex(s.shard)))
      AND NOT EXISTS (
        SELECT FROM deliveries d JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
        WHERE d.job_name = ${APPLY_JOB} AND d.status IN ('pending', 'relayed') AND d.status <> 'done' AND (o.payload ->> 'shard')::int = s.shard)
    ORDER BY s.shard`;
  return rows.map(({ shard }) => shard);
}
