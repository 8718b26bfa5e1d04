import { market } from '@trii/contract';
import { instant, isCurrencyCode } from '@trii/kernel';
import { Failure, handler, type CommandHandler } from '../platform/index.ts';
import type { PublishedRates, RateSource } from './ports.ts';
import { writeRates } from './set-rates.ts';

const HOUR_MS = 60 * 60 * 1000;

/**
 * Enters what a source publishes; what is entered already is left as it is. A source that is silent, speaks of days long gone or cannot be read fails the
 * job by name, and the rates that are known stay: they grow old, which every use of them says.
 */
export const pullRatesHandler = (source: RateSource): CommandHandler<typeof market.pullRates> =>
  handler(market.pullRates, {
    prepare: (): Promise<PublishedRates> => source.latest(),
    async handle(ctx) {
      const { source: name, asOf, rates } = ctx.prepared;
      const known = rates.filter(({ from, to }) => isCurrencyCode(from) && isCurrencyCode(to) && from !== to);
      const [policy] = await ctx.sql<{ hours: number }>`SELECT valuation_age_hours_max AS hours FROM fx_policy`;
      const ageHoursMax = policy?.hours ?? 0;
      if (ctx.clock.now().getTime() - instant(asOf).getTime() > ageHoursMax * HOUR_MS)
        throw new Failure('RATE_SOURCE_STALE', { source: name, asOf, ageHoursMax });
      const counts = await writeRates(ctx, { source: name, rates: known.map((rate) => ({ ...rate, asOf })) });
      return { source: name, asOf, ...counts, skipped: rates.length - known.length };
    },
  });
