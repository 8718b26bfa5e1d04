import { sampleDailyHandler, sampleDueHandler } from '@trii/domain';
import type { Schedule } from './schedule.ts';

const HOUR_MS = 60 * 60_000;

/** Looks every hour, so that a night without workers costs hours and not the day's sample. Taken already: one short read, no audit row. */
export const tableSizesDaily: Schedule = {
  name: 'sample-table-sizes',
  every: { ms: HOUR_MS },
  run: async (call) => {
    const { due } = await call.run(sampleDueHandler, {});
    if (due) await call.run(sampleDailyHandler, {});
  },
};
