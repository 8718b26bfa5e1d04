import { platform } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from './handler.ts';

/** Asks for a job by an event, like anything that starts one: it is delivered once, and again if the queue loses it. */
export const requestJobHandler = handler(platform.requestJob, async (ctx, { job }) => {
  // Each request is an aggregate of its own: two requests have no order to keep.
  const aggregateId = newId();
  const eventId = ctx.emit(platform.JobRequested, { aggregateId, payload: { job } });
  ctx.note({ entityId: aggregateId, newValues: { job, eventId } });
  return { eventId };
});
