import { platform } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { handler } from './handler.ts';
import { PUBLISH_LIVE } from './relay.ts';

interface Counts {
  readonly pending: number;
  readonly relayed: number;
  readonly done: number;
  readonly dead: number;
  readonly due_portfolios: number;
}

/** Asked several times a second by whoever waits: each count is of at most so many entries of a partial index, whatever the table holds. */
const COUNTED_MAX = 10_000;

/** Where the jobs stand. Live updates are no jobs: the relay publishes them itself. */
export const jobProgressHandler = handler(platform.jobProgress, async ({ sql }) => {
  const [counts] = await sql<Counts>`
    SELECT
      (SELECT count(*)::int FROM (SELECT FROM deliveries WHERE status = 'pending' AND job_name <> ${PUBLISH_LIVE} LIMIT ${COUNTED_MAX}) AS d) AS pending,
      (SELECT count(*)::int FROM (SELECT FROM deliveries WHERE status = 'relayed' AND job_name <> ${PUBLISH_LIVE} LIMIT ${COUNTED_MAX}) AS d) AS relayed,
      (SELECT count(*) FILTER (WHERE job_name <> ${PUBLISH_LIVE})::int FROM (
        SELECT job_name FROM deliveries WHERE status = 'done' AND done_at > now() - interval '24 hours' ORDER BY done_at DESC LIMIT ${COUNTED_MAX}) AS d) AS done,
      (SELECT count(*)::int FROM (SELECT FROM deliveries WHERE status = 'dead' AND job_name <> ${PUBLISH_LIVE} LIMIT ${COUNTED_MAX}) AS d) AS dead,
      (SELECT count(*)::int FROM (SELECT FROM portfolios WHERE snapshots_dirty_from IS NOT NULL LIMIT ${COUNTED_MAX}) AS p) AS due_portfolios`;
  invariant(counts !== undefined, 'counting answers one row');
  const { pending, relayed, done, dead, due_portfolios: duePortfolios } = counts;
  return { pending, relayed, done, dead, duePortfolios };
});
