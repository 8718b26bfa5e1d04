import { market } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { Failure, handler } from '../platform/index.ts';

const BARS_MAX = 2000;

interface BarRow {
  readonly date: string;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string;
  readonly volume: string | null;
}

/**
 * Daily bars between two sessions, both included, oldest first. A close-only bar has no open, high, low or volume. Both conditions: the rollup is
 * found by its bucket, a daily bar and its year's partition by the session's date.
 */
export const dailyBarsHandler = handler(market.dailyBars, async ({ sql }, { symbol, from, to }) => {
  const [instrument] = await sql<{ id: string }>`SELECT id FROM instruments WHERE symbol = ${symbol}`;
  if (instrument === undefined) throw new Failure('NOT_FOUND', { symbol });
  const rows = await sql<BarRow>`
    SELECT (bucket AT TIME ZONE 'UTC')::date AS date, open, high, low, close, volume FROM market_data_daily
    WHERE instrument_id = ${instrument.id} AND bucket >= ${from}::timestamp AT TIME ZONE 'UTC' AND bucket <= ${to}::timestamp AT TIME ZONE 'UTC'
      AND session_date BETWEEN ${from} AND ${to}
    ORDER BY bucket LIMIT ${BARS_MAX + 1}`;
  return { symbol, bars: rows.slice(0, BARS_MAX).map(barView), truncated: rows.length > BARS_MAX };
});

const barView = ({ date, open, high, low, close, volume }: BarRow) => ({
  date,
  open: plain(open),
  high: plain(high),
  low: plain(low),
  close: toDecimalString(decimal(close)),
  volume: plain(volume),
});

const plain = (figure: string | null): string | null => (figure === null ? null : toDecimalString(decimal(figure)));
