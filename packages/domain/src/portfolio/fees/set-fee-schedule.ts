import { cash, type InputOf, type OutputOf } from '@trii/contract';
import { decimal, isCurrencyCode, Money, toDecimalString, type Decimal } from '@trii/kernel';
import { handler, type Sql } from '../../platform/index.ts';
import { faultsOf, feeOf, type FeeSchedule, type FeeTier } from './fee-schedule.ts';

type View = OutputOf<typeof cash.setFeeSchedule>;

interface Row {
  readonly currency_code: string;
  readonly per_order: string;
  readonly tiers: readonly { readonly upTo: string | null; readonly percent: string }[];
  readonly minimum: string;
  readonly maximum: string | null;
}

export const feeSchedulesHandler = handler(cash.feeSchedules, async ({ sql }) => {
  const rows = await sql<Row>`SELECT currency_code, per_order, tiers, minimum, maximum FROM fee_schedules ORDER BY currency_code`;
  return { items: rows.map((row) => viewOf(row.currency_code, scheduleOf(row))) };
});

/** For trades recorded from now on. */
export const setFeeScheduleHandler = handler(cash.setFeeSchedule, async (ctx, input) => {
  const { currency } = input;
  const schedule = askedSchedule(input);
  const issues = [...(isCurrencyCode(currency) ? [] : [{ path: 'currency', problem: 'a currency of ISO 4217' }]), ...faultsOf(schedule)];
  if (issues.length > 0) return ctx.refuse('INVALID_INPUT', { issues });
  const view = viewOf(currency, schedule);
  const { perOrder, tiers, minimum, maximum } = view;
  await ctx.sql`
    INSERT INTO fee_schedules (currency_code, per_order, tiers, minimum, maximum) VALUES (${currency}, ${perOrder}, ${JSON.stringify(tiers)}::jsonb, ${minimum}, ${maximum})
    ON CONFLICT (currency_code) DO UPDATE SET per_order = EXCLUDED.per_order, tiers = EXCLUDED.tiers, minimum = EXCLUDED.minimum, maximum = EXCLUDED.maximum, updated_at = now()`;
  ctx.note({ newValues: view });
  return view;
});

/** By the schedule of the currency that the trade is paid in; without one it costs nothing. */
export async function scheduledFee(sql: Sql, gross: Money): Promise<Money> {
  const [row] =
    await sql<Row>`SELECT currency_code, per_order, tiers, minimum, maximum FROM fee_schedules WHERE currency_code = ${gross.currency}`;
  return row === undefined ? Money.zero(gross.currency) : feeOf(scheduleOf(row), gross);
}

const tierOf = ({ upTo, percent }: Row['tiers'][number]): FeeTier => ({ upTo: orNull(upTo), percent: decimal(percent) });
const orNull = (amount: string | null): Decimal | null => (amount === null ? null : decimal(amount));

const scheduleOf = (row: Row): FeeSchedule => ({
  perOrder: decimal(row.per_order),
  tiers: row.tiers.map(tierOf),
  minimum: decimal(row.minimum),
  maximum: orNull(row.maximum),
});

const askedSchedule = ({ perOrder, tiers, minimum, maximum }: InputOf<typeof cash.setFeeSchedule>): FeeSchedule => ({
  perOrder: decimal(perOrder),
  tiers: tiers.map(tierOf),
  minimum: decimal(minimum),
  maximum: orNull(maximum),
});

function viewOf(currency: string, { perOrder, tiers, minimum, maximum }: FeeSchedule): View {
  const text = (amount: Decimal | null): string | null => (amount === null ? null : toDecimalString(amount));
  return {
    currency,
    perOrder: toDecimalString(perOrder),
    tiers: tiers.map(({ upTo, percent }) => ({ upTo: text(upTo), percent: toDecimalString(percent) })),
    minimum: toDecimalString(minimum),
    maximum: text(maximum),
  };
}
