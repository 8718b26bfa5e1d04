import { pullRatesHandler, type RateSource } from '@trii/domain';
import type { Schedule } from './schedule.ts';

/** The European Central Bank publishes about 16:00 on working days; whoever was away then finds the same an hour and two later. */
export function ratesDaily(source: RateSource): Schedule {
  const pullRates = pullRatesHandler(source);
  return {
    name: 'pull-rates',
    every: { cron: '10 16-18 * * 1-5', timeZone: 'Europe/Berlin' },
    run: async (call) => void (await call.run(pullRates, {})),
  };
}
