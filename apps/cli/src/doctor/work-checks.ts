import type { OutputOf, platform } from '@trii/contract';
import { handlers } from '@trii/domain';
import { type Clock, instant, systemClock } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { type Finding, ok, warning } from './finding.ts';

type RunningBatches = OutputOf<typeof platform.runningBatches>['items'];
type Waiting = OutputOf<typeof platform.auditHeads>['waiting'];

const WAIT_MINUTES_MAX = 15;
const MINUTE_MS = 60_000;

export async function batchesFinding(servers: ServerUrls): Promise<Finding> {
  await using desk = await openOperatorDesk(servers, () => undefined);
  const { items } = await desk.executor.run(handlers.platform.runningBatches, desk.call({}));
  return runsFinding(items);
}

/** A run that was killed says `running` until retention takes it. */
export function runsFinding(runs: RunningBatches): Finding {
  const stale = runs.filter(({ isStale }) => isStale);
  const [first] = stale;
  if (first === undefined) return ok(runs.length === 0 ? 'none at work' : `${runs.length} at work`);
  return warning(
    `${stale.length} were begun and not ended: ${first.job} of ${first.shard}, silent since ${first.updatedAt}`,
    'run an import again: it goes on where it was killed; scheduled work is taken up again by itself, and what is left is forgotten after a month',
  );
}

export async function auditFinding(servers: ServerUrls): Promise<Finding> {
  await using desk = await openOperatorDesk(servers, () => undefined);
  const { waiting } = await desk.executor.run(handlers.platform.auditHeads, desk.call({ limit: 1 }));
  return waitingFinding(waiting, systemClock);
}

/** The closing's own row always waits for the next that is worth one; more than that and for long is trouble. */
export function waitingFinding({ rows, since }: Waiting, clock: Clock): Finding {
  const minutes = since === null ? 0 : (clock.now().getTime() - instant(since).getTime()) / MINUTE_MS;
  if (rows <= 1 || minutes <= WAIT_MINUTES_MAX)
    return ok(rows <= 1 ? 'every row is in a signed block' : `${rows} rows wait for the next block`);
  return warning(
    `${rows} rows wait for a signed block, the oldest since ${since ?? ''}`,
    'let the workers run, and end transactions that are left open (pg_stat_activity, pg_prepared_xacts)',
  );
}
