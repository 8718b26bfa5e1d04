import { decimal, invariant, type CurrencyCode, type Decimal } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';
import { findRate, isStaleRate, type ExchangeRate, type KnownRate, type Pair } from './exchange-rate.ts';

export interface RatePolicy {
  readonly pivotCurrency: CurrencyCode;
  readonly valuationAgeHoursMax: number;
  readonly exchangeAgeHoursMax: number;
  readonly spreadBps: Decimal;
}

/** What was known of exchange rates at one moment. */
export interface RateBook {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly policy: RatePolicy;
  /** Undefined: no rate of that pair was known then. */
  find(pair: Pair): ExchangeRate | undefined;
}

interface Row {
  readonly moment: string;
  readonly pivot: string;
  readonly valuation_age: number;
  readonly exchange_age: number;
  readonly spread: string;
  readonly from: string | null;
  readonly to: string;
  readonly rate: string;
  readonly as_of: string;
  readonly source: string;
}

export interface RatesWanted {
  readonly currencies: readonly CurrencyCode[];
  /** What the currencies are to be told in, or be exchanged for. */
  readonly to: CurrencyCode;
  /** ISO 8601, UTC, in any order. */
  readonly moments: readonly string[];
}

/**
 * For each moment the newest rates at or before it that lead from the currencies to that one and back, directly or by way of the pivot: one statement, of which
 * each pair and moment is a look at one index entry.
 */
export async function readRateBooks(sql: Sql, { currencies, to, moments }: RatesWanted): Promise<RateBook[]> {
  const rows = await sql<Row>`
    WITH policy AS (SELECT pivot_currency::text AS pivot, valuation_age_hours_max, exchange_age_hours_max, spread_bps FROM fx_policy),
    named AS (SELECT DISTINCT code FROM (SELECT unnest(${[...currencies, to]}::text[]) AS code UNION ALL SELECT pivot FROM policy) c),
    pairs AS (
      SELECT f.code AS from_code, t.code AS to_code FROM named f CROSS JOIN named t CROSS JOIN policy
      WHERE f.code <> t.code AND (${to} IN (f.code, t.code) OR policy.pivot IN (f.code, t.code))
    )
    SELECT m.moment, p.pivot, p.valuation_age_hours_max AS valuation_age, p.exchange_age_hours_max AS exchange_age, p.spread_bps AS spread,
      r.from_code AS from, r.to_code AS to, r.rate, r.as_of, r.source
    FROM policy p CROSS JOIN unnest(${moments}::text[]) AS m (moment)
    LEFT JOIN LATERAL (
      SELECT pairs.from_code, pairs.to_code, newest.* FROM pairs CROSS JOIN LATERAL (
        SELECT rate, to_char(as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS as_of, source FROM fx_rates
        WHERE base_currency = pairs.from_code::char(3) AND quote_currency = pairs.to_code::char(3) AND fx_rates.as_of <= m.moment::timestamptz
        ORDER BY fx_rates.as_of DESC LIMIT 1
      ) newest
    ) r ON true`;
  const byMoment = Map.groupBy(rows, ({ moment }) => moment);
  return moments.map((at) => bookOf(at, byMoment.get(at) ?? []));
}

/** The book of one moment. */
export async function readRateBook(sql: Sql, { at, ...wanted }: Omit<RatesWanted, 'moments'> & { readonly at: string }): Promise<RateBook> {
  const [book] = await readRateBooks(sql, { ...wanted, moments: [at] });
  invariant(book !== undefined, 'every moment has its book');
  return book;
}

function bookOf(at: string, rows: readonly Row[]): RateBook {
  const [first] = rows;
  invariant(first !== undefined, 'fx_policy has its one row');
  const policy: RatePolicy = {
    pivotCurrency: first.pivot,
    valuationAgeHoursMax: first.valuation_age,
    exchangeAgeHoursMax: first.exchange_age,
    spreadBps: decimal(first.spread),
  };
  const known = rows.flatMap(({ from, to, rate, as_of: asOf, source }): KnownRate[] =>
    from === null ? [] : [{ from, to, rate: decimal(rate), asOf, source }],
  );
  return { at, policy, find: (pair) => findRate(known, pair, policy.pivotCurrency) };
}

export interface RefuseRate {
  readonly refuse: (code: 'FX_RATE_MISSING' | 'FX_RATE_STALE', details: Record<string, unknown>) => never;
}

/** The rate of a pair, or a refusal that names pair and moment: there is none, or it is older than that many hours. */
export function requireRate(ctx: RefuseRate, book: RateBook, pair: Pair & { readonly ageHoursMax: number }): ExchangeRate {
  const { from, to, ageHoursMax } = pair;
  const rate = book.find({ from, to });
  if (rate === undefined) return ctx.refuse('FX_RATE_MISSING', { from, to, at: book.at });
  if (isStaleRate(rate, book.at, ageHoursMax)) return ctx.refuse('FX_RATE_STALE', { from, to, at: book.at, asOf: rate.asOf, ageHoursMax });
  return rate;
}
