import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What a figure is worth nothing without. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly runtime: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    runtime: `Bun ${Bun.version}`,
  };
}

/** Runnable processes on average over the last minute, five and fifteen; zeros where the system does not count. */
export type LoadAverage = readonly [number, number, number];

export function loadAverage(): LoadAverage {
  const [one = 0, five = 0, fifteen = 0] = loadavg().map((load) => Math.round(load * 100) / 100);
  return [one, five, fifteen];
}

/** Part of the cores that others may use while a figure still says something by itself. */
const LOAD_MAX = 0.25;

/** Asked before the first sample: the bench's own work is not in it yet. */
export const isBusy = ([lastMinute]: LoadAverage, cores: number): boolean => lastMinute > cores * LOAD_MAX;
