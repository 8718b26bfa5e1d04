export { job, type Backoff, type JobCall, type JobDefinition } from './job.ts';
export { queues, SCHEDULE_QUEUE, type QueueDefinition, type QueueName } from './queues.ts';
export { JobEnvelope, runJob, runSchedule, type Attempt, type JobEnd, type JobParts } from './run-job.ts';
export type { Every, Schedule } from './schedule.ts';
export { createSchedules, jobs } from './tables.ts';
