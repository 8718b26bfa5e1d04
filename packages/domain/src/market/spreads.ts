import type { market, OutputOf } from '@trii/contract';
import { decimal, toDecimalString, type CurrencyCode, type Decimal } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';
import type { Pair } from './exchange-rate.ts';

type View = OutputOf<typeof market.setSpread>['spreads'];

/** As a pair is kept: what holds for one way round holds for the other. */
export const inOrder = (from: CurrencyCode, to: CurrencyCode): readonly [CurrencyCode, CurrencyCode] =>
  from < to ? [from, to] : [to, from];

/** Every pair that has a spread of its own. */
export async function readSpreads(sql: Sql): Promise<View> {
  const rows = await sql<{ from: string; to: string; spread_bps: string }>`
    SELECT first_currency AS from, second_currency AS to, spread_bps FROM fx_spreads ORDER BY 1, 2`;
  return rows.map(({ from, to, spread_bps: bps }) => ({ from, to, spreadBps: toDecimalString(decimal(bps)) }));
}

/** Hundredths of a percent: the pair's own, or else what every pair costs. */
export async function spreadOf(sql: Sql, { from, to }: Pair, ofOthers: Decimal): Promise<Decimal> {
  const [first, second] = inOrder(from, to);
  const [own] = await sql<{ spread_bps: string }>`
    SELECT spread_bps FROM fx_spreads WHERE first_currency = ${first} AND second_currency = ${second}`;
  return own === undefined ? ofOthers : decimal(own.spread_bps);
}
