import { market, type OutputOf } from '@trii/contract';
import { decimal, invariant, isCurrencyCode, toDecimalString } from '@trii/kernel';
import { handler, type Sql } from '../platform/index.ts';
import { readSpreads } from './spreads.ts';

/** There is one. */
export const RATE_POLICY = '00000000-0000-7000-8000-000000000000';

type View = OutputOf<typeof market.ratePolicy>;

interface Row {
  readonly pivot_currency: string;
  readonly valuation_age_hours_max: number;
  readonly exchange_age_hours_max: number;
  readonly spread_bps: string;
}

export const ratePolicyHandler = handler(market.ratePolicy, async ({ sql }) => readPolicy(sql));

/** Changes what is given. A spread counts from the next exchange on; earlier ones keep theirs. */
export const setRatePolicyHandler = handler(market.setRatePolicy, async (ctx, input) => {
  const { pivotCurrency = null, valuationAgeHoursMax = null, exchangeAgeHoursMax = null, spreadBps = null } = input;
  if (pivotCurrency !== null && !isCurrencyCode(pivotCurrency)) {
    return ctx.refuse('INVALID_INPUT', { issues: [{ path: 'pivotCurrency', problem: 'an active currency of ISO 4217 such as "USD"' }] });
  }
  await ctx.sql`SELECT FROM fx_policy FOR UPDATE`;
  const before = await readPolicy(ctx.sql);
  await ctx.sql`UPDATE fx_policy SET pivot_currency = COALESCE(${pivotCurrency}::text, pivot_currency),
    valuation_age_hours_max = COALESCE(${valuationAgeHoursMax}::integer, valuation_age_hours_max),
    exchange_age_hours_max = COALESCE(${exchangeAgeHoursMax}::integer, exchange_age_hours_max),
    spread_bps = COALESCE(${spreadBps}::numeric, spread_bps), updated_at = ${ctx.clock.now()}`;
  const after = await readPolicy(ctx.sql);
  ctx.emit(market.RatePolicySet, { aggregateId: RATE_POLICY, payload: {} });
  ctx.note({ oldValues: { ...before }, newValues: { ...after } });
  return after;
});

async function readPolicy(sql: Sql): Promise<View> {
  const [row] = await sql<Row>`SELECT pivot_currency, valuation_age_hours_max, exchange_age_hours_max, spread_bps FROM fx_policy`;
  invariant(row !== undefined, 'fx_policy has its one row');
  return {
    pivotCurrency: row.pivot_currency,
    valuationAgeHoursMax: row.valuation_age_hours_max,
    exchangeAgeHoursMax: row.exchange_age_hours_max,
    spreadBps: toDecimalString(decimal(row.spread_bps)),
    spreads: await readSpreads(sql),
  };
}
