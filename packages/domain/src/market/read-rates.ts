import { market, type OutputOf } from '@trii/contract';
import { decimal, instant, toDecimalString } from '@trii/kernel';
import { Failure, handler, valuationDate, type QueryContext } from '../platform/index.ts';
import { isStaleRate, type ExchangeRate, type KnownRate } from './exchange-rate.ts';
import { readRateBook } from './rate-book.ts';
import { rateMoment } from './rate-moment.ts';

const PAIRS_MAX = 500;

/** The rate of a pair, however it is found. */
export const rateHandler = handler(market.rate, async (ctx, { from, to, at }) => {
  const book = await readRateBook(ctx.sql, { currencies: [from], to, at: await momentOf(ctx, at) });
  const found = book.find({ from, to });
  if (found === undefined) throw new Failure('FX_RATE_MISSING', { from, to, at: book.at });
  return exchangeRateView(found, isStaleRate(found, book.at, book.policy.valuationAgeHoursMax));
});

/** What was entered: by a walk over the pairs, each a look at the newest entry of its key. */
export const ratesHandler = handler(market.rates, async (ctx, input) => {
  const at = await momentOf(ctx, input.at);
  const rows = await ctx.sql<{ from: string; to: string; rate: string; as_of: string; source: string }>`
    WITH RECURSIVE pairs AS (
      (SELECT base_currency, quote_currency, 1 AS number FROM fx_rates ORDER BY base_currency, quote_currency LIMIT 1)
      UNION ALL
      (SELECT next.base_currency, next.quote_currency, p.number + 1 FROM pairs p CROSS JOIN LATERAL (
        SELECT base_currency, quote_currency FROM fx_rates
        WHERE (base_currency, quote_currency) > (p.base_currency, p.quote_currency) ORDER BY base_currency, quote_currency LIMIT 1
      ) next WHERE p.number < ${PAIRS_MAX})
    )
    SELECT p.base_currency AS from, p.quote_currency AS to, newest.* FROM pairs p CROSS JOIN LATERAL (
      SELECT rate, to_char(as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS as_of, source FROM fx_rates r
      WHERE r.base_currency = p.base_currency AND r.quote_currency = p.quote_currency AND r.as_of <= ${at}::timestamptz
      ORDER BY r.as_of DESC LIMIT 1
    ) newest ORDER BY 1, 2`;
  return {
    at,
    items: rows.map(({ from, to, rate, as_of: asOf, source }) => knownRateView({ from, to, rate: decimal(rate), asOf, source })),
  };
});

async function momentOf({ sql, clock }: QueryContext, at: string | undefined): Promise<string> {
  return at === undefined ? rateMoment(await valuationDate(sql, clock), clock) : instant(at).toISOString();
}

/** As callers are told of it. */
export function exchangeRateView(rate: ExchangeRate, isStale: boolean): OutputOf<typeof market.rate> {
  const { from, to, asOf, path, legs } = rate;
  return { from, to, rate: toDecimalString(rate.rate), asOf, isStale, path, legs: legs.map(knownRateView) };
}

const knownRateView = ({ from, to, rate, asOf, source }: KnownRate) => ({ from, to, rate: toDecimalString(rate), asOf, source });
