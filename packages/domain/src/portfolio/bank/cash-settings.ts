import { cash as contract } from '@trii/contract';
import { decimal, isCurrencyCode, toDecimalString } from '@trii/kernel';
import { Failure, handler, type Sql } from '../../platform/index.ts';
import { requirePortfolio, LAST_ID } from '../read-ledger.ts';
import { readPayments } from './read-payments.ts';

export const paymentsHandler = handler(contract.payments, async ({ sql }, { portfolioId, cursor, limit }) => {
  const found = await readPayments(sql, portfolioId, { before: cursor ?? LAST_ID, limit: limit + 1 });
  if (found.length === 0) await requirePortfolio(sql, portfolioId);
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
});

interface LimitRow {
  readonly direction: 'DEPOSIT' | 'WITHDRAWAL';
  readonly currency_code: string;
  readonly per_payment: string;
  readonly per_day: string;
}

export const limitsHandler = handler(contract.limits, async ({ sql }) => {
  const rows =
    await sql<LimitRow>`SELECT direction, currency_code, per_payment, per_day FROM cash_limits ORDER BY currency_code, direction`;
  return {
    items: rows.map((row) => ({
      direction: row.direction,
      currency: row.currency_code,
      perPayment: toDecimalString(decimal(row.per_payment)),
      perDay: toDecimalString(decimal(row.per_day)),
    })),
  };
});

/** From here on, for whatever is asked for; what is on its way goes on. */
export const setLimitHandler = handler(contract.setLimit, async (ctx, input) => {
  const { direction, currency } = input;
  const [perPayment, perDay] = [decimal(input.perPayment), decimal(input.perDay)];
  const issues = [
    ...(isCurrencyCode(currency) ? [] : [{ path: 'currency', problem: 'a currency of ISO 4217' }]),
    ...(perDay.lessThan(perPayment) ? [{ path: 'perDay', problem: 'at least the limit of one payment' }] : []),
  ];
  if (issues.length > 0) return ctx.refuse('INVALID_INPUT', { issues });
  const figures = { perPayment: toDecimalString(perPayment), perDay: toDecimalString(perDay) };
  await ctx.sql`
    INSERT INTO cash_limits (direction, currency_code, per_payment, per_day) VALUES (${direction}::payment_direction, ${currency}, ${figures.perPayment}, ${figures.perDay})
    ON CONFLICT (direction, currency_code) DO UPDATE SET per_payment = EXCLUDED.per_payment, per_day = EXCLUDED.per_day, updated_at = now()`;
  ctx.note({ newValues: { direction, currency, ...figures } });
  return { direction, currency, ...figures };
});

export const setRecordingHandler = handler(contract.setRecording, async (ctx, { investorsRecord }) => {
  const [before] = await ctx.sql<{ open: boolean }>`SELECT investors_record AS open FROM cash_settings FOR UPDATE`;
  await ctx.sql`UPDATE cash_settings SET investors_record = ${investorsRecord}, updated_at = now()`;
  ctx.note({ oldValues: { investorsRecord: before?.open ?? null }, newValues: { investorsRecord } });
  return { investorsRecord };
});

/** Where the bank alone moves money, nobody may say that some came. */
export async function requireRecording(ctx: {
  readonly sql: Sql;
  readonly refuse: (code: 'RECORDING_CLOSED', details: Record<string, unknown>) => never;
}): Promise<void> {
  const [settings] = await ctx.sql<{ open: boolean }>`SELECT investors_record AS open FROM cash_settings`;
  if (settings === undefined) throw new Failure('INTERNAL');
  if (!settings.open) ctx.refuse('RECORDING_CLOSED', {});
}
