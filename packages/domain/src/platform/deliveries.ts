import type { Sql } from './transactions.ts';

export interface DeliveryKey {
  readonly eventId: string;
  readonly jobName: string;
}

/** In the job's own transaction, so that `done` is true exactly when the work is committed. */
export async function completeDelivery(sql: Sql, delivery: DeliveryKey): Promise<void> {
  await sql`UPDATE deliveries SET status = 'done', done_at = now(), last_error = NULL WHERE event_id = ${delivery.eventId} AND job_name = ${delivery.jobName} AND status <> 'done'`;
}
