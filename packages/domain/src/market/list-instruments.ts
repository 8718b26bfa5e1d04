import { market } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { instrumentView, type InstrumentRow } from './instrument-view.ts';

/** All instruments by symbol; the cursor is the last symbol of the page before. */
export const instrumentsHandler = handler(market.instruments, async ({ sql }, { cursor = '', limit }) => {
  const rows = await sql<InstrumentRow>`
    SELECT id, symbol, name, type, exchange_code, currency_code, is_tradeable
    FROM instruments WHERE symbol > ${cursor} ORDER BY symbol LIMIT ${limit + 1}`;
  const items = rows.slice(0, limit).map(instrumentView);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.symbol ?? null) : null };
});
