import { platform } from '@trii/contract';
import { invariant, newId } from '@trii/kernel';
import { type ChunkContext, type ChunkResult, handler } from './handler.ts';

/** Rows to a transaction: some hundred milliseconds, and short locks. */
const ROWS_PER_CHUNK = 10_000;

interface Rule {
  readonly subject: 'audit_logs' | 'outbox' | 'deliveries' | 'batch_progress' | 'mails' | 'user_sessions';
  readonly kept_days: number;
  readonly least_days: number;
  readonly why: string;
}

const viewOf = ({ subject, kept_days, least_days, why }: Rule) => ({ subject, keptDays: kept_days, leastDays: least_days, why });

export const retentionHandler = handler(platform.retention, async ({ sql }) => {
  const rows = await sql<Rule>`SELECT subject, kept_days, least_days, why FROM platform_retention ORDER BY subject`;
  return { items: rows.map(viewOf) };
});

export const setRetentionHandler = handler(platform.setRetention, async (ctx, { subject, keptDays }) => {
  const [before] =
    await ctx.sql<Rule>`SELECT subject, kept_days, least_days, why FROM platform_retention WHERE subject = ${subject} FOR UPDATE`;
  invariant(before !== undefined, 'every subject has its row');
  if (keptDays < before.least_days) return ctx.refuse('RETENTION_TOO_SHORT', { leastDays: before.least_days });
  await ctx.sql`UPDATE platform_retention SET kept_days = ${keptDays}, updated_at = ${ctx.clock.now()} WHERE subject = ${subject}`;
  ctx.note({ oldValues: { subject, keptDays: before.kept_days }, newValues: { subject, keptDays } });
  return viewOf({ ...before, kept_days: keptDays });
});

/**
 * Takes out what is kept no longer: whole months first, then rows by the chunk. Deliveries that wait, run or gave up stay for ever, and with them
 * the month of their event. A run that was killed and never taken up goes like one that ended.
 */
export const applyRetentionHandler = handler(platform.applyRetention, {
  progress: () => ({ shard: '*', runKey: newId() }),
  async chunk(context, _input, cursor) {
    if (cursor === null) return { ...(await retireMonths(context)), cursor: 'rows' };
    const [deliveries, runs] = [await deleteDeliveries(context), await deleteRuns(context)];
    const isMore = deliveries === ROWS_PER_CHUNK || runs === ROWS_PER_CHUNK;
    return { cursor: isMore ? 'rows' : null, counts: { deliveries, runs }, rows: deliveries + runs };
  },
  finish: ({ archivedMonths = 0, droppedMonths = 0, deliveries = 0, runs = 0 }) => ({ archivedMonths, droppedMonths, deliveries, runs }),
});

async function retireMonths({ sql }: ChunkContext): Promise<Omit<ChunkResult, 'cursor'>> {
  const months = await sql<{ fate: string }>`
    SELECT r.fate FROM retire_platform_months((SELECT min(event_created_at) FROM deliveries WHERE status IN ('pending', 'relayed', 'dead'))) AS r`;
  const archivedMonths = months.filter(({ fate }) => fate === 'archived').length;
  return { counts: { archivedMonths, droppedMonths: months.length - archivedMonths }, rows: 0 };
}

async function deleteDeliveries({ sql }: ChunkContext): Promise<number> {
  const deleted = await sql`DELETE FROM deliveries d USING (
      SELECT event_id, job_name FROM deliveries
      WHERE status = 'done' AND done_at < now() - make_interval(days => (SELECT kept_days FROM platform_retention WHERE subject = 'deliveries'))
      ORDER BY done_at LIMIT ${ROWS_PER_CHUNK}) AS old
    WHERE d.event_id = old.event_id AND d.job_name = old.job_name AND d.status = 'done' RETURNING 1`;
  return deleted.length;
}

async function deleteRuns({ sql }: ChunkContext): Promise<number> {
  const deleted = await sql`DELETE FROM batch_progress b USING (
      SELECT job_name, shard, run_key FROM batch_progress
      WHERE updated_at < now() - make_interval(days => (SELECT kept_days FROM platform_retention WHERE subject = 'batch_progress'))
      LIMIT ${ROWS_PER_CHUNK}) AS old
    WHERE b.job_name = old.job_name AND b.shard = old.shard AND b.run_key = old.run_key RETURNING 1`;
  return deleted.length;
}
