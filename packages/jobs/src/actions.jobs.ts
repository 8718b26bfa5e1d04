import { portfolio } from '@trii/contract';
import { systemHandlers } from '@trii/domain';
import { job } from './job.ts';
import type { Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const { actionsDue, dispatchActions, applyActions } = systemHandlers.portfolio;

/** One part of the id space, action by action. A second run of it goes on where the first stopped. */
export const applyCorporateActions = job({
  name: 'apply-actions',
  on: portfolio.ActionShardDue,
  queue: 'snapshots',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1_000 },
  run: (call, payload) => call.batch(applyActions, payload),
});

/** An action's day has come, or a trade was recorded for a day before one. Nothing due: one short read, no audit row. */
export const actionsWhenDue: Schedule = {
  name: 'dispatch-actions-when-due',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(actionsDue, {});
    if (due) await call.run(dispatchActions, {});
  },
};
