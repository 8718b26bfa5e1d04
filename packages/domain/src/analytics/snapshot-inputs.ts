import { addDays, decimal, type Decimal, type LocalDate } from '@trii/kernel';
import type { SplitRatio } from '@trii/quant';
import { isStaleRate, readRateBooks } from '../market/index.ts';
import type { Sql } from '../platform/index.ts';
import type { Dated } from './dated-values.ts';
import type { GrowthDay } from './snapshot-series.ts';
import { snapshotCalendar } from './snapshot-session.ts';
import type { Asset, Movement, SessionRate } from './value-portfolio.ts';

/** A close this old is found in the one bounded read; monthly closes are 31 days apart. An older one costs a read of its own. */
const CARRY_DAYS = 40;

export interface StoredDays {
  readonly growth: readonly GrowthDay[];
  /** The newest of them; null when there is none. */
  readonly last: { readonly date: LocalDate; readonly totalValue: Decimal } | null;
}

interface StoredDay extends GrowthDay {
  readonly date: LocalDate;
  readonly totalValue: string;
}

/** All days before that session, since inception: the statistics of the next ones build on them. PostgreSQL adds exactly and rounds once, as {@link growthDay} does. */
export async function readStoredDays(sql: Sql, portfolioId: string, before: LocalDate): Promise<StoredDays> {
  const growth = await sql<StoredDay>`
    SELECT snapshot_date AS date, total_value AS "totalValue", is_stale AS "isStale", (total_value + outflow)::float8 AS "end",
      (lag(total_value, 1, 0::numeric) OVER (ORDER BY snapshot_date) + inflow)::float8 AS base
    FROM portfolio_snapshots
    WHERE portfolio_id = ${portfolioId} AND snapshot_date < ${before}::date ORDER BY snapshot_date`;
  const last = growth.at(-1);
  return { growth, last: last === undefined ? null : { date: last.date, totalValue: decimal(last.totalValue) } };
}

interface MovementRow {
  readonly date: LocalDate;
  readonly asset: string;
  readonly held: string;
  readonly cost: string;
  readonly inflow: string;
  readonly outflow: string;
}

/** The ledger up to that date, one row per date and asset. What comes in from outside stands on the external account with a minus. */
export async function readMovements(sql: Sql, portfolioId: string, through: LocalDate): Promise<Movement[]> {
  const rows = await sql<MovementRow>`
    SELECT effective_date AS date, COALESCE(instrument_id::text, currency_code) AS asset,
      COALESCE(sum(amount) FILTER (WHERE account IN ('cash', 'reserved', 'holding')), 0) AS held,
      COALESCE(sum(cost_basis), 0) AS cost,
      COALESCE(sum(-amount) FILTER (WHERE account = 'external' AND amount < 0), 0) AS inflow,
      COALESCE(sum(amount) FILTER (WHERE account = 'external' AND amount > 0), 0) AS outflow
    FROM postings
    WHERE portfolio_id = ${portfolioId} AND effective_date <= ${through}::date AND account IN ('cash', 'reserved', 'holding', 'external')
    GROUP BY 1, 2 ORDER BY 1, 2`;
  return rows.map(({ date, asset, held, cost, inflow, outflow }) => ({
    date,
    asset,
    held: decimal(held),
    cost: decimal(cost),
    inflow: decimal(inflow),
    outflow: decimal(outflow),
  }));
}

export interface Period {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

export interface PricedAsset extends Asset {
  readonly symbol: string;
}

interface Close {
  readonly instrument_id: string;
  readonly date: LocalDate;
  readonly close: string;
}

/** The instruments by id, each with its closes of the period and the newest one before it. */
export async function readInstruments(sql: Sql, ids: readonly string[], period: Period): Promise<Map<string, PricedAsset>> {
  if (ids.length === 0) return new Map();
  const instruments = await sql<{ id: string; symbol: string; currency: string }>`
    SELECT id, symbol, currency_code AS currency FROM instruments WHERE id = ANY(${ids}::uuid[])`;
  const closes = await readCloses(sql, ids, period);
  const splits = Map.groupBy(await readSplits(sql, ids, period.to), ({ instrumentId }) => instrumentId);
  return new Map(
    instruments.map(({ id, symbol, currency }) => [id, { symbol, currency, closes: closes.get(id) ?? [], splits: splits.get(id) ?? [] }]),
  );
}

async function readSplits(
  sql: Sql,
  ids: readonly string[],
  through: LocalDate,
): Promise<(Dated<SplitRatio> & { readonly instrumentId: string })[]> {
  const rows = await sql<{ instrument_id: string; date: LocalDate; from: number; to: number }>`
    SELECT instrument_id, ex_date AS date, ratio_from AS from, ratio_to AS to FROM corporate_actions
    WHERE instrument_id = ANY(${ids}::uuid[]) AND kind = 'SPLIT' AND status <> 'CANCELLED' AND ex_date <= ${through}::date ORDER BY ex_date`;
  return rows.map(({ instrument_id: instrumentId, date, from, to }) => ({ instrumentId, date, value: { from, to } }));
}

async function readCloses(sql: Sql, ids: readonly string[], { from, to }: Period): Promise<Map<string, Dated<Decimal>[]>> {
  const since = addDays(from, -CARRY_DAYS);
  // Both bounds: session_date finds the daily bars' partitions, bucket the rollup's.
  const recent = await sql<Close>`
    SELECT instrument_id, session_date AS date, close FROM market_data_daily
    WHERE instrument_id = ANY(${ids}::uuid[]) AND session_date >= ${since}::date AND session_date <= ${to}::date
      AND bucket >= ${since}::timestamp AT TIME ZONE 'UTC' AND bucket <= ${to}::timestamp AT TIME ZONE 'UTC'
    ORDER BY instrument_id, session_date`;
  const known = new Set(recent.filter(({ date }) => date <= from).map((close) => close.instrument_id));
  const unknown = ids.filter((id) => !known.has(id));
  const older = unknown.length === 0 ? [] : await readOlderCloses(sql, unknown, since);
  const closes = new Map<string, Dated<Decimal>[]>();
  for (const { instrument_id: id, date, close } of [...older, ...recent]) {
    const entry = { date, value: decimal(close) };
    const entries = closes.get(id);
    if (entries === undefined) closes.set(id, [entry]);
    else entries.push(entry);
  }
  return closes;
}

async function readOlderCloses(sql: Sql, ids: readonly string[], before: LocalDate): Promise<Close[]> {
  return sql<Close>`
    SELECT i.id AS instrument_id, c.session_date AS date, c.close
    FROM unnest(${ids}::uuid[]) AS i (id)
    CROSS JOIN LATERAL (
      SELECT session_date, close FROM market_data_daily
      WHERE instrument_id = i.id AND session_date < ${before}::date AND bucket < ${before}::timestamp AT TIME ZONE 'UTC'
      ORDER BY session_date DESC LIMIT 1
    ) c`;
}

/** Per currency the rate at each session's close: units of the base currency for one of it. Sessions before its first rate have none. */
export async function readRates(
  sql: Sql,
  { currencies, baseCurrency: to }: { readonly currencies: readonly string[]; readonly baseCurrency: string },
  sessions: readonly LocalDate[],
): Promise<Map<string, SessionRate[]>> {
  const rates = new Map<string, SessionRate[]>(currencies.map((currency) => [currency, []]));
  if (currencies.length === 0) return rates;
  const moments = sessions.map((date) => snapshotCalendar.sessionClose(date).toISOString());
  const books = await readRateBooks(sql, { currencies, to, moments });
  for (const [index, date] of sessions.entries()) {
    const book = books[index];
    for (const from of currencies) {
      const found = book?.find({ from, to });
      if (book === undefined || found === undefined) continue;
      rates.get(from)?.push({ date, value: found.rate, isStale: isStaleRate(found, book.at, book.policy.valuationAgeHoursMax), found });
    }
  }
  return rates;
}
