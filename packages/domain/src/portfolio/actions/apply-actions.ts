import { portfolio } from '@trii/contract';
import { invariant, parseLocalDate } from '@trii/kernel';
import { z } from 'zod';
import { handler, valuationDate, type BulkTransaction } from '../../platform/index.ts';
import { applyAction } from './apply-action.ts';
import { FIRST_ACTION, nextDueAction, type DueAction } from './due-action.ts';

/** Portfolios to a transaction: their locks are held for a fraction of a second. */
const PORTFOLIOS_PER_CHUNK = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const ALL_SHARDS = 2 ** portfolio.ACTION_SHARDS - 1;

/** `action`: done up to this one. `after`: of the one after it, portfolios up to this id. */
const Cursor = z.object({ action: z.object({ date: z.string(), id: z.uuid() }), after: z.uuid() }).nullable();

/**
 * Action after action in the order of their days, and of each the portfolios of one part by their ids. Cut off anywhere it goes on with the next portfolio; run
 * again it finds nothing to do.
 */
export const applyActionsHandler = handler(portfolio.applyActions, {
  progress: ({ shard, runKey }) => ({ shard: String(shard), runKey }),

  async chunk(ctx, { shard, through: asked }, cursor) {
    const at = Cursor.parse(cursor) ?? { action: FIRST_ACTION, after: FIRST_ID };
    const today = await valuationDate(ctx.sql, ctx.clock);
    const through = asked < today ? parseLocalDate(asked) : today;
    const action = await nextDueAction(ctx.sql, { shard, through, after: at.action });
    if (action === undefined) return { cursor: null, counts: {}, rows: 0 };
    const portfolioIds = await nextHolders(ctx, action, { shard, after: at.after });
    const { applied, blocked } = await applyAction(ctx, action, { portfolioIds, through });
    const isDone = portfolioIds.length < PORTFOLIOS_PER_CHUNK;
    if (isDone) await markShard(ctx, action, shard);
    const next = isDone
      ? { action: { date: action.effectiveDate, id: action.id }, after: FIRST_ID }
      : { action: at.action, after: portfolioIds.at(-1) ?? FIRST_ID };
    return {
      cursor: next,
      counts: { applied, blocked: blocked.length },
      rows: applied,
      ...(blocked.length > 0 ? { problems: blocked.map((problem) => ({ actionId: action.id, ...problem })) } : {}),
    };
  },

  finish: ({ applied = 0, blocked = 0 }) => ({ applied, blocked }),
});

/** Whoever ever held the instrument, but for those that are done; once the part is done, only who asked anew. */
async function nextHolders(
  { sql }: Pick<BulkTransaction, 'sql'>,
  action: DueAction,
  { shard, after }: { readonly shard: number; readonly after: string },
): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    SELECT q.portfolio_id AS id
    FROM corporate_actions a JOIN positions q ON q.instrument_id = a.instrument_id
    LEFT JOIN portfolio_actions p ON p.portfolio_id = q.portfolio_id AND p.action_id = a.id
    WHERE a.id = ${action.id} AND right(q.portfolio_id::text, 1) = ${shard.toString(16)} AND q.portfolio_id > ${after}::uuid
      AND (p.status IN ('DUE', 'BLOCKED') OR (p.action_id IS NULL AND (a.applied_shards >> ${shard}::int) & 1 = 0))
    ORDER BY q.portfolio_id LIMIT ${PORTFOLIOS_PER_CHUNK}`;
  return rows.map(({ id }) => id);
}

async function markShard({ sql }: Pick<BulkTransaction, 'sql'>, { id }: DueAction, shard: number): Promise<void> {
  const [row] = await sql<{ id: string }>`
    UPDATE corporate_actions SET applied_shards = applied_shards | (1 << ${shard}::int), updated_at = now(),
      status = CASE WHEN applied_shards | (1 << ${shard}::int) = ${ALL_SHARDS} THEN 'APPLIED' ELSE status END
    WHERE id = ${id} RETURNING id`;
  invariant(row !== undefined, 'an action is never removed');
}
