import type { Queue } from 'bullmq';

export interface ScheduledTick {
  readonly name: string;
  readonly every: { readonly ms: number } | { readonly cron: string; readonly timeZone: string };
}

/** Ticks kept for a look by hand. */
const KEEP_TICKS = { count: 100 };
const SCHEDULES_MAX = 1_000;

/** Makes the queue's schedules those of the table: new and changed ones are upserted, others removed. */
export async function putSchedules(queue: Queue, schedules: readonly ScheduledTick[]): Promise<void> {
  const names = new Set(schedules.map(({ name }) => name));
  for (const known of await scheduleNames(queue)) if (!names.has(known)) await queue.removeJobScheduler(known);
  for (const schedule of schedules) await putSchedule(queue, schedule);
}

/**
 * Puts back what the queue lost; leaves alone what is there, since an upsert would begin the interval anew.
 * @returns how many there were to put back
 */
export async function restoreSchedules(queue: Queue, schedules: readonly ScheduledTick[]): Promise<number> {
  const known = await scheduleNames(queue);
  const missing = schedules.filter(({ name }) => !known.has(name));
  for (const schedule of missing) await putSchedule(queue, schedule);
  return missing.length;
}

async function putSchedule(queue: Queue, { name, every }: ScheduledTick): Promise<void> {
  const repeat = 'ms' in every ? { every: every.ms } : { pattern: every.cron, tz: every.timeZone };
  await queue.upsertJobScheduler(name, repeat, { name, opts: { attempts: 1, removeOnComplete: KEEP_TICKS, removeOnFail: KEEP_TICKS } });
}

async function scheduleNames(queue: Queue): Promise<Set<string>> {
  return new Set((await queue.getJobSchedulers(0, SCHEDULES_MAX)).map(({ key }) => key));
}
