import { cash } from '@trii/contract';
import { systemHandlers } from '@trii/domain';
import { job } from './job.ts';
import type { Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const { accrualsDue, dispatchAccruals, postAccruals: postHandler } = systemHandlers.cash;

/** One part of the id space, page by page. A second run of it goes on where the first stopped. */
export const postAccruals = job({
  name: 'post-accruals',
  on: cash.AccrualShardDue,
  queue: 'snapshots',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1_000 },
  run: (call, payload) => call.batch(postHandler, payload),
});

export const tellAccruals = job({
  name: 'tell-accruals',
  on: cash.AccrualsPosted,
  queue: 'dispatch',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.run(systemHandlers.notifications.tellAccruals, payload),
});

/** A month ended, and the snapshots of its last session are there. Nothing due: one short read, no audit row; a month that no worker saw is made up for. */
export const accrualsWhenDue: Schedule = {
  name: 'dispatch-accruals-when-due',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(accrualsDue, {});
    if (due) await call.run(dispatchAccruals, {});
  },
};
