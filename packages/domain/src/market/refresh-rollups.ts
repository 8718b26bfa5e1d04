import { market } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';

/** Hours to a transaction, and as many days: about a second of work. */
const HOURS_PER_CHUNK = 10_000;

/** A read that tells whether a refresh is worth its audit row. Always false where the series engine keeps rollups by itself. */
export const rollupsDueHandler = handler(market.rollupsDue, async ({ sql }) => {
  const [row] = await sql<{ due: boolean }>`SELECT market_rollups_due() AS due`;
  return { due: row?.due ?? false };
});

/**
 * Takes marked hours, and their days, until none is left. A run that is cut off leaves the rest marked; one that finds another at work leaves it to
 * that one, and to the next look.
 */
export const refreshRollupsHandler = handler(market.refreshRollups, {
  progress: () => ({ shard: '*', runKey: newId() }),
  async chunk({ sql }) {
    const [row] = await sql<{ buckets: number }>`SELECT refresh_market_rollups(${HOURS_PER_CHUNK}) AS buckets`;
    const buckets = row?.buckets ?? 0;
    return { cursor: buckets < HOURS_PER_CHUNK ? null : { buckets }, counts: { buckets }, rows: buckets };
  },
  finish: ({ buckets = 0 }) => ({ buckets }),
});
