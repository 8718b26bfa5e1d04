import type { JobCall } from './job.ts';

/** Every so many milliseconds, or by a cron pattern (minute hour day month weekday) on the clocks of a time zone. */
export type Every = { readonly ms: number } | { readonly cron: string; readonly timeZone: string };

export interface Schedule {
  readonly name: string;
  readonly every: Every;
  /** Looks in the data what is due; never takes the tick's word for it. A tick that fails is over: the next one comes. */
  run(call: JobCall): Promise<void>;
}
