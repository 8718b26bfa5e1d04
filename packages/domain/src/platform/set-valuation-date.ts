import { platform } from '@trii/contract';
import { handler } from './handler.ts';
import { valuationDate } from './valuation-date.ts';

/** There is one. */
const VALUATION_CLOCK = '00000000-0000-7000-8000-000000000000';

/** Moves the business date of the whole platform; null lets it follow the system clock again. */
export const setValuationDateHandler = handler(platform.setValuationDate, async (ctx, { date }) => {
  // Locked first, so that the audit row's old date is the one that this call replaced.
  const [before] = await ctx.sql<{ valuation_date: string | null }>`SELECT valuation_date FROM valuation_clock FOR UPDATE`;
  await ctx.sql`UPDATE valuation_clock SET valuation_date = ${date}, updated_at = ${ctx.clock.now()}`;
  ctx.emit(platform.ValuationDateSet, { aggregateId: VALUATION_CLOCK, payload: { date } });
  ctx.note({ oldValues: { date: before?.valuation_date ?? null }, newValues: { date } });
  return { date: await valuationDate(ctx.sql, ctx.clock), followsSystemClock: date === null };
});
