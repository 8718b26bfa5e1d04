import { fromEpochDay } from '@trii/kernel';
import type { LocalDate } from '@trii/kernel';

const MINUTE_MS = 60_000;

/** Milliseconds that one bar spans. A month spans none: its bar belongs to a session. */
const SPAN_MS = {
  '1m': MINUTE_MS,
  '5m': 5 * MINUTE_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1h': 60 * MINUTE_MS,
} as const;

export type IntradayResolution = keyof typeof SPAN_MS;
/** `1mo`: one close a month, kept as the daily bar of that month's last session. */
export type Resolution = IntradayResolution | '1d' | '1mo';

export const RESOLUTIONS = ['1m', '5m', '15m', '30m', '1h', '1d', '1mo'] as const satisfies readonly Resolution[];

export function isIntraday(resolution: Resolution): resolution is IntradayResolution {
  return Object.hasOwn(SPAN_MS, resolution);
}

export function spanMs(resolution: IntradayResolution): number {
  return SPAN_MS[resolution];
}

/** The table a bar goes to. The two hold different things: a daily bar beside the day's minutes would double its volume. */
export type BarSeries = 'daily_bars' | 'market_data';

export function seriesOf(resolution: Resolution): BarSeries {
  return isIntraday(resolution) ? 'market_data' : 'daily_bars';
}

/** Milliseconds of the unit that {@link Bar.period} counts. Bars of an hour may start at half past, so minutes count there too. */
export function periodUnitMs(series: BarSeries): number {
  return series === 'daily_bars' ? 1440 * MINUTE_MS : MINUTE_MS;
}

/**
 * One bar that has passed every rule. Amounts are plain decimal strings, at most 12 digits before and 8 after the point; null is
 * "not known", which only daily_bars allows.
 */
export interface Bar {
  readonly instrumentId: string;
  /** daily_bars: the session's day; market_data: the minute (UTC) at which the bar starts. Both counted from 1970-01-01. */
  readonly period: number;
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string;
  readonly volume: string | null;
}

/** The session of a bar of daily_bars. */
export function sessionOf(bar: Pick<Bar, 'period'>): LocalDate {
  return fromEpochDay(bar.period);
}
