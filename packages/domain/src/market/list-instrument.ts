import { market } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { instrumentView, type InstrumentRow } from './instrument-view.ts';

/** Makes an instrument known. A symbol is taken for good: bars and ledger entries hang on what it names. */
export const listInstrumentHandler = handler(market.listInstrument, async (ctx, input) => {
  const { symbol, name, description = null, type, exchangeCode, currencyCode } = input;
  // A former name still finds the instrument that had it, and a promised one is as good as taken.
  const [named] = await ctx.sql`
    SELECT FROM corporate_actions WHERE kind = 'SYMBOL_CHANGE' AND status <> 'CANCELLED' AND (old_symbol = ${symbol} OR new_symbol = ${symbol}) LIMIT 1`;
  if (named !== undefined) return ctx.refuse('SYMBOL_TAKEN', { symbol });
  const [row] = await ctx.sql<InstrumentRow>`
    INSERT INTO instruments (id, symbol, name, description, type, exchange_code, currency_code)
    VALUES (${newId()}, ${symbol}, ${name}, ${description}, ${type}, ${exchangeCode}, ${currencyCode})
    ON CONFLICT (symbol) DO NOTHING
    RETURNING id, symbol, name, type, exchange_code, currency_code, is_tradeable`;
  if (row === undefined) return ctx.refuse('SYMBOL_TAKEN', { symbol });
  ctx.note({ entityId: row.id, newValues: { symbol, type, exchangeCode, currencyCode } });
  return instrumentView(row);
});
