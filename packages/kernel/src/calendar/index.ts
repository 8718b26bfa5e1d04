import { CodedError } from '../errors.ts';
import { calendarOf } from './trading-calendar.ts';
import type { CalendarRules, TradingCalendar } from './trading-calendar.ts';
import { xbog } from './xbog.ts';
import { xnys } from './xnys.ts';

export type { TradingCalendar } from './trading-calendar.ts';

/** Crypto assets: every civil day of UTC is a session that ends at the following midnight. */
const always: CalendarRules = {
  code: '24/7',
  timeZone: 'UTC',
  firstDate: '1970-01-01',
  lastDate: '2100-12-31',
  tradesOnWeekends: true,
  closeTimeZone: 'UTC',
  closeMinute: 24 * 60,
  closures: () => [],
  earlyCloses: () => [],
};

export type CalendarCode = 'XNYS' | 'XBOG' | '24/7';

const CALENDARS: Readonly<Record<CalendarCode, TradingCalendar>> = {
  XNYS: calendarOf(xnys),
  XBOG: calendarOf(xbog),
  '24/7': calendarOf(always),
};

export const CALENDAR_CODES: readonly CalendarCode[] = ['XNYS', 'XBOG', '24/7'];

export function isCalendarCode(value: unknown): value is CalendarCode {
  return typeof value === 'string' && Object.hasOwn(CALENDARS, value);
}

/** The one calendar of that code; its years are computed on first use and kept. @throws CodedError UNKNOWN_CALENDAR */
export function tradingCalendar(code: CalendarCode): TradingCalendar {
  if (isCalendarCode(code)) return CALENDARS[code];
  throw new CodedError('UNKNOWN_CALENDAR', `expected one of ${CALENDAR_CODES.join(', ')}`, {
    details: { code: String(code).slice(0, 16) },
  });
}
