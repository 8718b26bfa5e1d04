import { analytics } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { findDueShards, sumPortfolios } from './due-snapshots.ts';
import { snapshotSession } from './snapshot-session.ts';

/** Asks for one job per part of the id space that has due portfolios and no job under way. Safe at any time and from any number of processes. */
export const dispatchSnapshotsHandler = handler(analytics.dispatchSnapshots, async (ctx, { look }) => {
  const { sql, emit, note } = ctx;
  // One at a time: the next one then sees the jobs that this one asked for.
  await sql`SELECT pg_advisory_xact_lock(hashtext(${analytics.dispatchSnapshots.name}))`;
  const runKey = newId();
  const through = await snapshotSession(sql, ctx.clock);
  const { due } = through === undefined ? { due: [] } : await findDueShards(sql, { look, through });
  for (const { shard } of due) {
    if (through !== undefined) emit(analytics.SnapshotShardDue, { aggregateId: runKey, payload: { shard, runKey, through } });
  }
  const result = { runKey, shards: due.map(({ shard }) => shard), portfolios: sumPortfolios(due) };
  note({ entityId: runKey, newValues: { ...result, look, through: through ?? null } });
  return result;
});
