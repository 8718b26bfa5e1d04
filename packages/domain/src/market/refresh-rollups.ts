import { market } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';

/** Hours to a transaction: bounded work, and the lock on the rollups is short. */
const HOURS_PER_CHUNK = 1_000;

/** A read that tells whether a refresh is worth its audit row. Always false where the series engine keeps rollups by itself. */
export const rollupsDueHandler = handler(market.rollupsDue, async ({ sql }) => {
  const [row] = await sql<{ due: boolean }>`SELECT market_rollups_due() AS due`;
  return { due: row?.due ?? false };
});

/** Takes marked hours, and their days, until none is left. A run that is cut off leaves the rest marked. */
export const refreshRollupsHandler = handler(market.refreshRollups, {
  progress: () => ({ shard: '*', runKey: newId() }),
  async chunk({ sql }) {
    const [row] = await sql<{ hours: number }>`SELECT refresh_market_rollups(${HOURS_PER_CHUNK}) AS hours`;
    const hours = row?.hours ?? 0;
    return { cursor: hours < HOURS_PER_CHUNK ? null : { hours }, counts: { hours }, rows: hours };
  },
  finish: ({ hours = 0 }) => ({ hours }),
});
