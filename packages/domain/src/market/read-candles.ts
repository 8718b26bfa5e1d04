import { market } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { errorState, Failure, handler, type Sql } from '../platform/index.ts';

interface CandleRow {
  readonly start: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
}

interface Range {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly limit: number;
}

/** Retention has dropped the bars of an hour that a midnight of the zone cuts; what market_data_by_day raises. */
const BARS_DROPPED = 'TR012';
const TOO_MANY_DAYS = 'TR011';
const UNKNOWN_TIME_ZONE = '22023';

/**
 * Intraday candles that start in [from, to), oldest first. Minutes are the bars themselves, hours and UTC days the rollups, other days are put together
 * from hours; all include bars that came this moment. Minutes reach back as far as retention keeps them.
 */
export const candlesHandler = handler(market.candles, async ({ sql }, { symbol, interval, from, to, timeZone = 'UTC', limit }) => {
  const [instrument] = await sql<{ id: string }>`SELECT id FROM instruments WHERE symbol = ${symbol}`;
  if (instrument === undefined) throw new Failure('NOT_FOUND', { symbol });
  if (interval !== '1d' && timeZone !== 'UTC') throw new Failure('INVALID_INPUT', { timeZone: 'only days have a time zone' });
  const rows = await rowsOf(sql, interval, { id: instrument.id, from, to, timeZone, limit: limit + 1 });
  const next = rows[limit];
  return { symbol, candles: rows.slice(0, limit).map(candleView), nextFrom: next === undefined ? null : next.start };
});

function rowsOf(sql: Sql, interval: '1m' | '1h' | '1d', range: Range): Promise<CandleRow[]> {
  const { id, from, to, limit } = range;
  if (interval === '1m')
    return sql<CandleRow>`
      SELECT to_char("timestamp" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, open, high, low, close, volume FROM market_data
      WHERE instrument_id = ${id} AND "timestamp" >= ${from} AND "timestamp" < ${to} ORDER BY "timestamp" LIMIT ${limit}`;
  if (interval === '1h')
    return sql<CandleRow>`
      SELECT to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, open, high, low, close, volume FROM market_data_hourly
      WHERE instrument_id = ${id} AND bucket >= ${from} AND bucket < ${to} ORDER BY bucket LIMIT ${limit}`;
  return range.timeZone === 'UTC' ? utcDays(sql, range) : daysOfZone(sql, range);
}

function utcDays(sql: Sql, { id, from, to, limit }: Range): Promise<CandleRow[]> {
  return sql<CandleRow>`
    SELECT to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, open, high, low, close, volume FROM market_intraday_daily
    WHERE instrument_id = ${id} AND bucket >= ${from} AND bucket < ${to} ORDER BY bucket LIMIT ${limit}`;
}

async function daysOfZone(sql: Sql, { id, from, to, timeZone, limit }: Range): Promise<CandleRow[]> {
  try {
    return await sql<CandleRow>`
      SELECT to_char(bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, open, high, low, close, volume
      FROM market_data_by_day(${id}, (${from}::timestamptz AT TIME ZONE ${timeZone})::date,
        (${to}::timestamptz AT TIME ZONE ${timeZone})::date, ${timeZone})
      WHERE bucket >= ${from} AND bucket < ${to} ORDER BY bucket LIMIT ${limit}`;
  } catch (error) {
    if (errorState(error) === BARS_DROPPED) throw new Failure('BARS_NOT_KEPT', { timeZone });
    if (errorState(error) === TOO_MANY_DAYS) throw new Failure('INVALID_INPUT', { to: 'at most 3660 days after from' });
    if (errorState(error) === UNKNOWN_TIME_ZONE) throw new Failure('INVALID_INPUT', { timeZone: 'not known to the database' });
    throw error;
  }
}

/** LATERAL with LIMIT 1: each instrument's newest candle is the end of an index, whatever its history. */
export const lastCandlesHandler = handler(market.lastCandles, async ({ sql }, { symbols, interval }) => {
  const rows = await (interval === '1h' ? lastHours(sql, symbols) : lastDays(sql, symbols));
  return { candles: rows.map((row) => ({ symbol: row.symbol, ...candleView(row) })) };
});

type LastRow = CandleRow & { readonly symbol: string };

function lastDays(sql: Sql, symbols: readonly string[]): Promise<LastRow[]> {
  return sql<LastRow>`
    SELECT i.symbol, to_char(c.bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, c.open, c.high, c.low, c.close, c.volume
    FROM instruments i
    CROSS JOIN LATERAL (SELECT * FROM market_intraday_daily WHERE instrument_id = i.id ORDER BY bucket DESC LIMIT 1) c
    WHERE i.symbol = ANY (${symbols}::text[]) ORDER BY i.symbol`;
}

function lastHours(sql: Sql, symbols: readonly string[]): Promise<LastRow[]> {
  return sql<LastRow>`
    SELECT i.symbol, to_char(c.bucket AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS start, c.open, c.high, c.low, c.close, c.volume
    FROM instruments i
    CROSS JOIN LATERAL (SELECT * FROM market_data_hourly WHERE instrument_id = i.id ORDER BY bucket DESC LIMIT 1) c
    WHERE i.symbol = ANY (${symbols}::text[]) ORDER BY i.symbol`;
}

const plain = (figure: string): string => toDecimalString(decimal(figure));

const candleView = ({ start, open, high, low, close, volume }: CandleRow) => ({
  start,
  open: plain(open),
  high: plain(high),
  low: plain(low),
  close: plain(close),
  volume: plain(volume),
});
