import { cash, type OutputOf } from '@trii/contract';
import { decimal, isCurrencyCode, toDecimalString } from '@trii/kernel';
import { handler, type Sql } from '../../platform/index.ts';
import { tierFaultsOf } from '../fees/fee-schedule.ts';

export type AccrualRate = OutputOf<typeof cash.setAccrualRate>;
type Tier = AccrualRate['tiers'][number];

const RATES_MAX = 1_000;

/** By kind and currency, the newest first. */
export async function readRates(sql: Sql): Promise<AccrualRate[]> {
  return sql<AccrualRate>`
    SELECT kind, currency_code AS currency, valid_from AS "validFrom", day_count AS "dayCount", tiers FROM accrual_rates
    ORDER BY kind, currency_code, valid_from DESC LIMIT ${RATES_MAX}`;
}

export const accrualRatesHandler = handler(cash.accrualRates, async ({ sql }) => ({ items: await readRates(sql) }));

/** A month that is posted to anybody is closed for rates: they would count for some and not for others. */
export const setAccrualRateHandler = handler(cash.setAccrualRate, async (ctx, { kind, currency, validFrom, dayCount, tiers: asked }) => {
  await ctx.sql`SELECT pg_advisory_xact_lock(hashtext(${RATES_LOCK}))`;
  const [closed] = await ctx.sql<{ through: string | null }>`
    SELECT max(accrued_through) AS through FROM portfolios WHERE last_entry_date IS NOT NULL AND accrued_through IS NOT NULL`;
  const through = closed?.through ?? null;
  const slices = asked.map(({ upTo, bps }) => ({ upTo: upTo === null ? null : decimal(upTo), bps: decimal(bps) }));
  const issues = [
    ...(isCurrencyCode(currency) ? [] : [{ path: 'currency', problem: 'a currency of ISO 4217' }]),
    ...(through !== null && validFrom <= through ? [{ path: 'validFrom', problem: `after ${through}, up to which is posted` }] : []),
    ...tierFaultsOf(slices),
  ];
  if (issues.length > 0) return ctx.refuse('INVALID_INPUT', { issues });
  const tiers = slices.map(({ upTo, bps }): Tier => ({ upTo: upTo === null ? null : toDecimalString(upTo), bps: toDecimalString(bps) }));
  await ctx.sql`
    INSERT INTO accrual_rates (kind, currency_code, valid_from, day_count, tiers)
    VALUES (${kind}, ${currency}, ${validFrom}, ${dayCount}, ${JSON.stringify(tiers)}::jsonb)
    ON CONFLICT (kind, currency_code, valid_from) DO UPDATE SET day_count = EXCLUDED.day_count, tiers = EXCLUDED.tiers, updated_at = now()`;
  const view = { kind, currency, validFrom, dayCount, tiers };
  ctx.note({ newValues: view });
  return view;
});

const RATES_LOCK = 'cash.accrualRates';

/** Who closes a month and who sets a rate must not overlap. Any number may close at once. Held to the transaction's end. */
export async function shareRates(sql: Sql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(hashtext(${RATES_LOCK}))`;
}
