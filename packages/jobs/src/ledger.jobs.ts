import { checkLedgerHandler, systemHandlers } from '@trii/domain';
import { newId, systemClock } from '@trii/kernel';
import type { Schedule } from './schedule.ts';

/** Every night, when little else happens. A difference is an error in the log, in the audit, and an event; the run of a day is done once. */
export const nightlyLedgerCheck: Schedule = {
  name: 'check-ledger-nightly',
  every: { cron: '15 3 * * *', timeZone: 'UTC' },
  run: async (call) => void (await call.batch(checkLedgerHandler, { runKey: `nightly-${systemClock.now().toISOString().slice(0, 10)}` })),
};

const MINUTE_MS = 60_000;

/** Nothing expired: one short read, no audit row. Until it is swept, an expired hold serves nobody any more. */
export const holdsWhenExpired: Schedule = {
  name: 'expire-holds',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(systemHandlers.portfolio.holdsDue, {});
    if (due) await call.batch(systemHandlers.portfolio.expireHolds, { runKey: newId() });
  },
};
