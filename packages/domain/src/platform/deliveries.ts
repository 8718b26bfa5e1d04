import { markDead } from './relay.ts';
import type { DatabaseSession, Sql, TransactionHost } from './transactions.ts';

export interface DeliveryKey {
  readonly eventId: string;
  readonly jobName: string;
}

/** In the job's own transaction, so that `done` is true exactly when the work is committed. */
export async function completeDelivery(sql: Sql, delivery: DeliveryKey): Promise<void> {
  await sql`UPDATE deliveries SET status = 'done', done_at = now(), last_error = NULL WHERE event_id = ${delivery.eventId} AND job_name = ${delivery.jobName} AND status <> 'done'`;
}

/** What the job door asks of deliveries outside a job's own transaction. */
export interface Deliveries {
  /** True when the work was committed before: a queue may hand over the same job again. */
  isDone(delivery: DeliveryKey): Promise<boolean>;
  giveUp(delivery: DeliveryKey, reason: string): Promise<void>;
}

const worker: DatabaseSession = { role: 'worker_role', userId: null };

export function deliveriesOf(transactions: TransactionHost): Deliveries {
  return {
    isDone: (delivery) =>
      transactions.read(worker, async (sql) => {
        const rows =
          await sql`SELECT FROM deliveries WHERE event_id = ${delivery.eventId} AND job_name = ${delivery.jobName} AND status = 'done'`;
        return rows.length > 0;
      }),
    giveUp: (delivery, reason) => transactions.bulk(worker, ({ sql }) => markDead(sql, { ...delivery, reason })),
  };
}
