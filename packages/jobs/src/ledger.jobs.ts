import { checkLedgerHandler } from '@trii/domain';
import { systemClock } from '@trii/kernel';
import type { Schedule } from './schedule.ts';

/** Every night, when little else happens. A difference is an error in the log, in the audit, and an event; the run of a day is done once. */
export const nightlyLedgerCheck: Schedule = {
  name: 'check-ledger-nightly',
  every: { cron: '15 3 * * *', timeZone: 'UTC' },
  run: async (call) => void (await call.batch(checkLedgerHandler, { runKey: `nightly-${systemClock.now().toISOString().slice(0, 10)}` })),
};
