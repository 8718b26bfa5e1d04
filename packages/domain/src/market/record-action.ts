import { market, type InputOf } from '@trii/contract';
import { isCurrencyCode, newId } from '@trii/kernel';
import { handler, valuationDate, type CommandContext } from '../platform/index.ts';
import { readAction } from './action-view.ts';

type Context = CommandContext<typeof market.recordAction>;
type Input = InputOf<typeof market.recordAction>;

interface Named {
  readonly id: string;
  readonly symbol: string;
  readonly currency_code: string;
}

/**
 * Enters an action as announced. The instrument's row is locked: entries of it that are being written are waited for, so that either they find the action or
 * the action finds them.
 */
export const recordActionHandler = handler(market.recordAction, async (ctx, input) => {
  const [instrument] = await ctx.sql<Named>`SELECT id, symbol, currency_code FROM instruments WHERE symbol = ${input.symbol} FOR UPDATE`;
  if (instrument === undefined) return ctx.refuse('NOT_FOUND', { symbol: input.symbol });
  const { currency = instrument.currency_code, kind, exDate } = input;
  if (!isCurrencyCode(currency)) return ctx.refuse('INVALID_INPUT', { issues: [{ path: 'currency', problem: 'a currency in use' }] });
  const paysAmount = kind === 'DIVIDEND' || kind === 'DELISTING';
  // Cost, and what a position is worth, are kept in one currency.
  if (kind === 'DELISTING' && currency !== instrument.currency_code) {
    return ctx.refuse('CURRENCY_MISMATCH', { currency, baseCurrency: instrument.currency_code });
  }
  const spunOff = kind === 'SPIN_OFF' ? await findSpunOff(ctx, instrument, input) : null;
  if (kind === 'SYMBOL_CHANGE') await requireFree(ctx, input.newSymbol ?? '');
  const amount = paysAmount ? (input.amount ?? '0') : null;
  const [existing] = await ctx.sql`
    SELECT FROM corporate_actions WHERE instrument_id = ${instrument.id} AND kind = ${kind} AND ex_date = ${exDate} AND status <> 'CANCELLED'
      AND COALESCE(amount, 0) = COALESCE(${amount}::numeric, 0)`;
  if (existing !== undefined) return ctx.refuse('ACTION_EXISTS', { symbol: input.symbol, kind, exDate });
  const id = newId();
  await ctx.sql`
    INSERT INTO corporate_actions (id, instrument_id, kind, ex_date, record_date, pay_date, ratio_from, ratio_to, amount, currency_code, withholding_pct,
      fraction_price, old_symbol, new_symbol, new_instrument_id, cost_part, cost_whole)
    VALUES (${id}, ${instrument.id}, ${kind}, ${exDate}, ${input.recordDate ?? null}, ${input.payDate ?? null}, ${input.ratioFrom ?? null}, ${input.ratioTo ?? null},
      ${amount}, ${paysAmount ? currency : null}, ${input.withholdingPct ?? null}, ${input.fractionPrice ?? null},
      ${kind === 'SYMBOL_CHANGE' ? instrument.symbol : null}, ${kind === 'SYMBOL_CHANGE' ? (input.newSymbol ?? null) : null}, ${spunOff}, ${input.costPart ?? null},
      ${input.costWhole ?? null})`;
  ctx.note({ entityId: id, newValues: { ...input } });
  ctx.emit(market.ActionChanged, { aggregateId: id, payload: { actionId: id, instrumentId: instrument.id, exDate, status: 'ANNOUNCED' } });
  return readAction(ctx.sql, id);
});

async function findSpunOff(ctx: Context, parent: Named, { newSymbol = '' }: Input): Promise<string> {
  const [child] = await ctx.sql<Named>`SELECT id, symbol, currency_code FROM instruments WHERE symbol = ${newSymbol}`;
  if (child === undefined) return ctx.refuse('NOT_FOUND', { symbol: newSymbol });
  if (child.id === parent.id) return ctx.refuse('INVALID_INPUT', { issues: [{ path: 'newSymbol', problem: 'another instrument' }] });
  if (child.currency_code !== parent.currency_code) {
    return ctx.refuse('CURRENCY_MISMATCH', { currency: child.currency_code, baseCurrency: parent.currency_code });
  }
  return child.id;
}

/** Neither in use, nor used before, nor promised to another. */
async function requireFree(ctx: Context, symbol: string): Promise<void> {
  const [taken] = await ctx.sql`
    SELECT FROM instruments WHERE symbol = ${symbol}
    UNION ALL SELECT FROM corporate_actions WHERE kind = 'SYMBOL_CHANGE' AND status <> 'CANCELLED' AND (old_symbol = ${symbol} OR (new_symbol = ${symbol} AND status = 'ANNOUNCED'))`;
  if (taken !== undefined) ctx.refuse('SYMBOL_TAKEN', { symbol });
}

/** As long as nothing of it happened. */
export const cancelActionHandler = handler(market.cancelAction, async (ctx, { actionId }) => {
  const [action] = await ctx.sql<{ ex_date: string; status: string; instrument_id: string }>`
    SELECT ex_date, status, instrument_id FROM corporate_actions WHERE id = ${actionId} FOR UPDATE`;
  if (action === undefined) return ctx.refuse('NOT_FOUND', { actionId });
  const today = await valuationDate(ctx.sql, ctx.clock);
  if (action.status !== 'ANNOUNCED' || action.ex_date <= today) {
    return ctx.refuse('ACTION_IN_EFFECT', { actionId, status: action.status, exDate: action.ex_date, valuationDate: today });
  }
  await ctx.sql`UPDATE corporate_actions SET status = 'CANCELLED', updated_at = now() WHERE id = ${actionId}`;
  ctx.note({ newValues: { status: 'CANCELLED' } });
  ctx.emit(market.ActionChanged, {
    aggregateId: actionId,
    payload: { actionId, instrumentId: action.instrument_id, exDate: action.ex_date, status: 'CANCELLED' },
  });
  return readAction(ctx.sql, actionId);
});
