import { market } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { actionView, type ActionRow } from './action-view.ts';

/** The latest first, at most `limit`. */
export const marketActionsHandler = handler(market.actions, async ({ sql }, { symbol, from, to, limit }) => {
  const rows = await sql<ActionRow>`
    SELECT a.*, i.symbol, c.symbol AS child_symbol FROM corporate_actions a JOIN instruments i ON i.id = a.instrument_id
    LEFT JOIN instruments c ON c.id = a.new_instrument_id
    WHERE (${symbol ?? null}::text IS NULL OR a.instrument_id = instrument_named(${symbol ?? null}))
      AND a.ex_date >= ${from ?? '0001-01-01'}::date AND a.ex_date <= ${to ?? '9999-12-31'}::date
    ORDER BY a.ex_date DESC, a.id DESC LIMIT ${limit}`;
  return { items: rows.map(actionView) };
});
