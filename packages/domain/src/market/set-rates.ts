import { market, type InputOf } from '@trii/contract';
import { instant, isCurrencyCode, newId } from '@trii/kernel';
import { handler, type CommandContext } from '../platform/index.ts';

interface Context extends Pick<CommandContext, 'sql' | 'clock' | 'emit' | 'note'> {
  readonly refuse: (code: 'INVALID_INPUT', details: Record<string, unknown>) => never;
}
type Entered = InputOf<typeof market.setRates>['rates'][number];

interface Written {
  readonly from: string;
  readonly to: string;
  readonly since: string;
  readonly inserted: boolean;
}

/** Enters rates by one statement, mends those that are other ones, and tells what values by them. A row that says nothing new is left as it is. */
export const setRatesHandler = handler(market.setRates, writeRates);

export async function writeRates(
  ctx: Context,
  { source, rates }: { readonly source: string; readonly rates: readonly Entered[] },
): Promise<{ inserted: number; corrected: number; unchanged: number }> {
  requireRates(ctx, rates);
  const entered = rates.map((rate) => ({ ...rate, asOf: instant(rate.asOf).toISOString() }));
  const written = await ctx.sql<Written>`
    INSERT INTO fx_rates AS r (base_currency, quote_currency, as_of, rate, source)
    SELECT n.base, n.quote, n.as_of, n.rate, ${source}
    FROM unnest(${entered.map(({ from }) => from)}::text[], ${entered.map(({ to }) => to)}::text[], ${entered.map(({ asOf }) => asOf)}::timestamptz[],
      ${entered.map(({ rate }) => rate)}::numeric[]) AS n (base, quote, as_of, rate)
    ON CONFLICT (base_currency, quote_currency, as_of) DO UPDATE SET rate = excluded.rate, source = excluded.source
      WHERE r.rate <> excluded.rate OR r.source <> excluded.source
    RETURNING base_currency AS from, quote_currency AS to, to_char(as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since, xmax = 0 AS inserted`;
  const entryId = newId();
  if (written.length > 0) ctx.emit(market.RatesSet, { aggregateId: entryId, payload: { entryId, changes: earliestOfPair(written) } });
  const inserted = written.filter((row) => row.inserted).length;
  const counts = { inserted, corrected: written.length - inserted, unchanged: rates.length - written.length };
  ctx.note({ entityId: entryId, newValues: { source, ...counts } });
  return counts;
}

function requireRates(ctx: Context, rates: readonly Entered[]): void {
  const now = ctx.clock.now();
  const seen = new Set<string>();
  for (const [index, { from, to, asOf }] of rates.entries()) {
    const wrong = (field: string, problem: string): never =>
      ctx.refuse('INVALID_INPUT', { issues: [{ path: `rates.${index}.${field}`, problem }] });
    if (!isCurrencyCode(from)) wrong('from', 'an active currency of ISO 4217 such as "EUR"');
    if (!isCurrencyCode(to)) wrong('to', 'an active currency of ISO 4217 such as "USD"');
    if (from === to) wrong('to', 'another currency than `from`');
    const at = instant(asOf);
    if (at > now) wrong('asOf', 'a time that has come');
    const key = `${from}/${to} ${at.toISOString()}`;
    if (seen.has(key)) wrong('asOf', 'one rate of a pair at one time');
    seen.add(key);
  }
}

/** From when on each pair is worth something else. */
function earliestOfPair(written: readonly Written[]) {
  const since = new Map<string, { from: string; to: string; since: string }>();
  for (const { from, to, since: at } of written) {
    const known = since.get(`${from}/${to}`);
    if (known === undefined || at < known.since) since.set(`${from}/${to}`, { from, to, since: at });
  }
  return [...since.values()];
}
