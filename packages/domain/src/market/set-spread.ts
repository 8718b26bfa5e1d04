import { market } from '@trii/contract';
import { isCurrencyCode } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { inOrder, readSpreads } from './spreads.ts';
import { RATE_POLICY } from './rate-policy.ts';

/** What an exchange of that pair costs from the next one on; null: what all others cost. */
export const setSpreadHandler = handler(market.setSpread, async (ctx, { from, to, spreadBps }) => {
  const wrong = (path: string, problem: string): never => ctx.refuse('INVALID_INPUT', { issues: [{ path, problem }] });
  if (!isCurrencyCode(from)) return wrong('from', 'an active currency of ISO 4217 such as "USD"');
  if (!isCurrencyCode(to)) return wrong('to', 'an active currency of ISO 4217 such as "EUR"');
  if (from === to) return wrong('to', 'another currency than `from`');
  await ctx.sql`SELECT FROM fx_policy FOR UPDATE`;
  const oldValues = { spreads: await readSpreads(ctx.sql) };
  const [first, second] = inOrder(from, to);
  if (spreadBps === null) await ctx.sql`DELETE FROM fx_spreads WHERE first_currency = ${first} AND second_currency = ${second}`;
  else
    await ctx.sql`
      INSERT INTO fx_spreads (first_currency, second_currency, spread_bps, updated_at) VALUES (${first}, ${second}, ${spreadBps}::numeric, ${ctx.clock.now()})
      ON CONFLICT (first_currency, second_currency) DO UPDATE SET spread_bps = excluded.spread_bps, updated_at = excluded.updated_at`;
  const spreads = await readSpreads(ctx.sql);
  ctx.note({ entityId: RATE_POLICY, oldValues, newValues: { spreads } });
  return { spreads };
});
