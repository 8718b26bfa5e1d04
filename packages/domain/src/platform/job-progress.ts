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

/** Where the jobs stand. Live updates are no jobs: the relay publishes them itself. */
export const jobProgressHandler = handler(platform.jobProgress, async ({ sql }) => {
  const [counts] = await sql<Counts>`
    SELECT (count(*) FILTER (WHERE status = 'pending'))::int AS pending, (count(*) FILTER (WHERE status = 'relayed'))::int AS relayed,
      (count(*) FILTER (WHERE status = 'done'))::int AS done, (count(*) FILTER (WHERE status = 'dead'))::int AS dead,
      (SELECT count(*)::int FROM portfolios WHERE snapshots_dirty_from IS NOT NULL) AS due_portfolios
    FROM deliveries WHERE job_name <> ${PUBLISH_LIVE}`;
  invariant(counts !== undefined, 'counting answers one row');
  const { pending, relayed, done, dead, due_portfolios: duePortfolios } = counts;
  return { pending, relayed, done, dead, duePortfolios };
});
