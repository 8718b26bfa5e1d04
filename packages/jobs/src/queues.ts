export interface QueueDefinition {
  /** Jobs that one worker process runs at once. They share a processor core: more helps only while they wait for the database. */
  readonly concurrency: number;
}

/** Long work has a queue of its own, so that it never keeps short work waiting. */
export const queues = {
  dispatch: { concurrency: 4 },
  snapshots: { concurrency: 2 },
  // Waits for the bank more than for the database.
  payments: { concurrency: 4 },
} as const satisfies Record<string, QueueDefinition>;

export type QueueName = keyof typeof queues;

/** Ticks of the schedules: short by rule, since they only look what is due. */
export const SCHEDULE_QUEUE: QueueName = 'dispatch';
