import { maintainPartitionsHandler, refreshRollupsHandler, rollupsDueHandler } from '@trii/domain';
import type { Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const SIX_HOURS_MS = 6 * 60 * MINUTE_MS;

/** Partitions are made ahead by more than a week, so that a missed tick, or a day of them, does not matter. */
export const partitionsAhead: Schedule = {
  name: 'maintain-partitions',
  every: { ms: SIX_HOURS_MS },
  run: async (call) => void (await call.run(maintainPartitionsHandler, {})),
};

/** Nothing marked: one short read, no audit row. Readers see the newest bars meanwhile, since the views aggregate marked hours on the fly. */
export const rollupsWhenDue: Schedule = {
  name: 'refresh-rollups',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(rollupsDueHandler, {});
    if (due) await call.batch(refreshRollupsHandler, {});
  },
};
