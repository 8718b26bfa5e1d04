import { platform } from '@trii/contract';
import { handler } from './handler.ts';

/** Pending again: the relay hands it over as a new job, with all its tries. Only what gave up can be driven again. */
export const redriveDeliveryHandler = handler(platform.redriveDelivery, async (ctx, { eventId, jobName }) => {
  const driven = await ctx.sql<{ last_error: string | null }>`
    UPDATE deliveries SET status = 'pending' WHERE event_id = ${eventId} AND job_name = ${jobName} AND status = 'dead' RETURNING last_error`;
  const [row] = driven;
  if (row === undefined) return ctx.refuse('NOT_FOUND', { eventId, jobName });
  ctx.note({ oldValues: { status: 'dead', reason: row.last_error }, newValues: { status: 'pending', jobName } });
  return { eventId, jobName };
});
