import { analytics, market, platform } from '@trii/contract';
import {
  dispatchSnapshotsHandler,
  reopenForActionsHandler,
  reopenForRatesHandler,
  reopenSnapshotsHandler,
  snapshotPortfoliosHandler,
  snapshotsDueHandler,
} from '@trii/domain';
import { job, type JobCall } from './job.ts';
import type { Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;

/** An operator asked for the snapshots: everything that is due, also what could not be done a moment ago. */
export const dispatchSnapshots = job({
  name: 'dispatch-snapshots',
  on: platform.JobRequested,
  queue: 'dispatch',
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call) => call.run(dispatchSnapshotsHandler, { look: 'all' }),
});

/** One part of the id space, portfolio by portfolio. A second run of it goes on where the first stopped. */
export const snapshotPortfolios = job({
  name: 'snapshot-portfolios',
  on: analytics.SnapshotShardDue,
  queue: 'snapshots',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1_000 },
  run: (call, payload) => call.batch(snapshotPortfoliosHandler, payload),
});

/** Bars came late or were corrected: what was valued with the old ones is due again. The look for changed portfolios finds it. */
export const reopenSnapshots = job({
  name: 'reopen-snapshots',
  on: market.BarsImported,
  queue: 'dispatch',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.batch(reopenSnapshotsHandler, payload),
});

/** The same for a corporate action of an earlier day. */
export const reopenForActions = job({
  name: 'reopen-for-actions',
  on: market.ActionChanged,
  queue: 'dispatch',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.batch(reopenForActionsHandler, payload),
});

/** The same for exchange rates. */
export const reopenForRates = job({
  name: 'reopen-for-rates',
  on: market.RatesSet,
  queue: 'dispatch',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.batch(reopenForRatesHandler, payload),
});

/** Half past six in the evening, two and a half hours after the regular close, when closing prices have come. */
export const nightlySnapshots: Schedule = {
  name: 'dispatch-snapshots-nightly',
  every: { cron: '30 18 * * 1-5', timeZone: 'America/New_York' },
  run: async (call) => {
    const { portfolios } = await call.run(snapshotsDueHandler, { look: 'all' });
    if (portfolios > 0) await call.run(dispatchSnapshotsHandler, { look: 'all' });
  },
};

/**
 * Every minute, a look for portfolios whose ledger changed. The first looks after each new session also visit the portfolios that did not
 * change, until none of them lacks it; so a night that no worker saw is made up for. Nothing due: one short read, no audit row.
 */
export function snapshotsWhenDue(): Schedule {
  // Saves reads, decides nothing: forgotten at a restart, it is found out again.
  let completeThrough: string | null = null;
  const look = async (call: JobCall): Promise<void> => {
    const changed = await call.run(snapshotsDueHandler, { look: 'changed' });
    const isNewSession = changed.through !== completeThrough;
    const due = isNewSession ? await call.run(snapshotsDueHandler, { look: 'session' }) : changed;
    if (isNewSession && due.portfolios === 0 && due.busy.length === 0) completeThrough = due.through;
    if (due.shards.length > 0) await call.run(dispatchSnapshotsHandler, { look: isNewSession ? 'session' : 'changed' });
  };
  return { name: 'dispatch-snapshots-when-due', every: { ms: MINUTE_MS }, run: look };
}
