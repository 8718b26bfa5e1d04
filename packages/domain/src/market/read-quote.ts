import { market } from '@trii/contract';
import {
  addDays,
  decimal,
  isCalendarCode,
  parseLocalDate,
  roundDecimal,
  toDecimalString,
  tradingCalendar,
  type Decimal,
  type LocalDate,
} from '@trii/kernel';
import { Failure, handler, valuationDate, type Sql } from '../platform/index.ts';

/** Percent as the columns numeric(7,4) hold them. */
const PERCENT_RULE = { scale: 4, rounding: 'half-even' } as const;
const PRICE_RULE = { scale: 8, rounding: 'half-even' } as const;

interface QuoteRow {
  readonly symbol: string;
  readonly currency_code: string;
  readonly exchange_code: string | null;
  /** Null: no price on or before the date. */
  readonly session_date: string | null;
  readonly close: string;
  readonly volume: string | null;
  /** Of the session's newest intraday bar; null where there is a daily bar only. */
  readonly bar_ms: number | null;
  readonly previous_close: string | null;
  /** Splits after the session before, old and new units: its close is from before them. */
  readonly splits: readonly (readonly [from: number, to: number])[];
}

/**
 * The newest close on or before the valuation date, so that it agrees with what portfolios are valued at, and how far it is from the close of
 * the session before, in the units of today where it split since: change in money, change_pct = change / previous close x 100.
 */
export const quoteHandler = handler(market.quote, {
  cache: { family: 'quote', id: ({ symbol }) => symbol },
  async handle({ sql, clock }, { symbol }) {
    const [row] = await readQuoteRow(sql, symbol, await valuationDate(sql, clock));
    if (row === undefined) throw new Failure('NOT_FOUND', { symbol });
    if (row.session_date === null) throw new Failure('PRICE_MISSING', { symbol });
    const price = decimal(row.close);
    const previous = row.previous_close === null ? null : inUnitsOfNow(row.previous_close, row.splits);
    const change = previous === null ? null : price.minus(previous);
    return {
      symbol: row.symbol,
      currencyCode: row.currency_code,
      price: toDecimalString(price),
      change: change === null ? null : toDecimalString(change),
      changePct:
        change === null || previous === null || previous.isZero()
          ? null
          : roundDecimal(change.times(100).div(previous), PERCENT_RULE).toNumber(),
      volume: row.volume === null ? null : toDecimalString(decimal(row.volume)),
      timestamp: row.bar_ms ?? closeOf(parseLocalDate(row.session_date), row.exchange_code),
      sessionDate: row.session_date,
    };
  },
});

/** In the units of today, half-even to the eight digits that a price has. */
function inUnitsOfNow(close: string, splits: QuoteRow['splits']): Decimal {
  const exact = splits.reduce((price, [from, to]) => price.times(from).div(to), decimal(close));
  return splits.length === 0 ? exact : roundDecimal(exact, PRICE_RULE);
}

/** When a session ended, epoch milliseconds; a day that is none of its exchange's ends at midnight UTC. */
function closeOf(date: LocalDate, exchange: string | null): number {
  const named = isCalendarCode(exchange) ? tradingCalendar(exchange) : tradingCalendar('24/7');
  const covers = date >= named.firstDate && date <= named.lastDate && named.isSession(date);
  return (covers ? named : tradingCalendar('24/7')).sessionClose(date).getTime();
}

/** From the two parts of the view market_data_daily, as portfolio.summary reads them, since the view itself would read a whole history. */
function readQuoteRow(sql: Sql, symbol: string, date: LocalDate): Promise<QuoteRow[]> {
  return sql<QuoteRow>`
    SELECT i.symbol, i.currency_code, i.exchange_code, newest.session_date, newest.close, newest.volume, newest.previous_close, x.splits,
      (extract(epoch FROM bar.at) * 1000)::float8 AS bar_ms
    FROM instruments i
    LEFT JOIN LATERAL (
      SELECT session_date, close, volume, is_intraday, lead(close) OVER w AS previous_close, lead(session_date) OVER w AS previous_date
      FROM (
        SELECT DISTINCT ON (session_date) session_date, close, volume, is_intraday
        FROM (
          (SELECT (bucket AT TIME ZONE 'UTC')::date AS session_date, close, volume, true AS is_intraday FROM market_intraday_daily
           WHERE instrument_id = i.id AND bucket < ${addDays(date, 1)}::timestamp AT TIME ZONE 'UTC' ORDER BY bucket DESC LIMIT 2)
          UNION ALL
          (SELECT session_date, close, volume, false FROM daily_bars
           WHERE instrument_id = i.id AND session_date <= ${date}::date ORDER BY session_date DESC LIMIT 2)
        ) closes
        ORDER BY session_date DESC, is_intraday DESC LIMIT 2
      ) two
      WINDOW w AS (ORDER BY session_date DESC)
      ORDER BY session_date DESC LIMIT 1
    ) newest ON true
    LEFT JOIN LATERAL (
      SELECT max("timestamp") AS at FROM market_data
      WHERE newest.is_intraday AND instrument_id = i.id
        AND "timestamp" >= newest.session_date::timestamp AT TIME ZONE 'UTC' AND "timestamp" < (newest.session_date + 1)::timestamp AT TIME ZONE 'UTC'
    ) bar ON true
    LEFT JOIN LATERAL (
      SELECT COALESCE(jsonb_agg(jsonb_build_array(a.ratio_from, a.ratio_to)), '[]') AS splits FROM corporate_actions a
      WHERE a.instrument_id = i.id AND a.ex_date > newest.previous_date AND a.ex_date <= newest.session_date AND a.kind = 'SPLIT' AND a.status <> 'CANCELLED'
    ) x ON true
    WHERE i.symbol = ${symbol}`;
}
