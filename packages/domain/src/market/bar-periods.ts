import { endOfMonth, fromEpochDay, MS_PER_DAY, startOfMonth, toEpochDay } from '@trii/kernel';
import type { LocalDate, TradingCalendar } from '@trii/kernel';
import { isIntraday, periodUnitMs, seriesOf, spanMs } from './bar.ts';
import type { Resolution } from './bar.ts';
import { fault } from './reject-reasons.ts';
import type { Fault } from './reject-reasons.ts';

/** From what {@link dateReader} read to the bar's period, if the exchange had it and it is over. */
export type PeriodRule = (read: number, calendar: TradingCalendar | null) => number | Fault;

/**
 * The rule of a resolution, at one instant of the system's clock: a bar that has not ended by `nowMs` is a future one, since its
 * values may still change.
 * 1d: the date is a session of the exchange, whose close has passed. 1mo: the date is the first or last day of a month that is
 * over; the bar is that of the month's last session. Intraday: the start falls on a whole minute, and not before `droppedBeforeMs`.
 */
export function periodRule(resolution: Resolution, nowMs: number, droppedBeforeMs = Number.NEGATIVE_INFINITY): PeriodRule {
  if (isIntraday(resolution)) return intradayRule(spanMs(resolution), nowMs, droppedBeforeMs);
  const rule = resolution === '1d' ? sessionPeriod : lastSessionPeriod;
  const remembered = new Map<TradingCalendar, Map<number, number | Fault>>();
  return (epochDay, calendar) => {
    if (calendar === null) return fault('no_exchange');
    let days = remembered.get(calendar);
    if (days === undefined) {
      days = new Map();
      remembered.set(calendar, days);
    }
    const known = days.get(epochDay);
    if (known !== undefined) return known;
    // Only dates within the calendar are remembered: tens of thousands at most.
    const date = fromEpochDay(epochDay);
    if (date < calendar.firstDate || date > calendar.lastDate) return fault('outside_calendar', outside(date, calendar));
    const period = rule(date, calendar, nowMs);
    days.set(epochDay, period);
    return period;
  };
}

function outside(date: LocalDate, calendar: TradingCalendar): string {
  return `${date}: ${calendar.code} runs from ${calendar.firstDate} to ${calendar.lastDate}`;
}

function intradayRule(spanOfBar: number, nowMs: number, droppedBeforeMs: number): PeriodRule {
  const unit = periodUnitMs(seriesOf('1m'));
  return (startMs) => {
    if (startMs % unit !== 0) return fault('not_aligned');
    if (startMs < droppedBeforeMs) return fault('before_retention');
    return startMs + spanOfBar > nowMs ? fault('future_time') : startMs / unit;
  };
}

function sessionPeriod(date: LocalDate, calendar: TradingCalendar, nowMs: number): number | Fault {
  const epochDay = toEpochDay(date);
  // 14 hours: the earliest zone on Earth is that far ahead of UTC, so a later date has begun nowhere.
  if (epochDay * MS_PER_DAY - 14 * 3_600_000 > nowMs) return fault('future_time', date);
  if (!calendar.isSession(date)) return fault('not_a_session', `${date} on ${calendar.code}`);
  return calendar.sessionClose(date).getTime() > nowMs ? fault('future_time', `the session of ${date} is not over`) : epochDay;
}

function lastSessionPeriod(date: LocalDate, calendar: TradingCalendar, nowMs: number): number | Fault {
  const end = endOfMonth(date);
  if (end > calendar.lastDate) return fault('outside_calendar', outside(date, calendar));
  const last = calendar.isSession(end) ? end : calendar.previousSession(end);
  if (date !== startOfMonth(date) && date !== end && date !== last) return fault('not_a_month_boundary', date);
  if (calendar.sessionClose(last).getTime() > nowMs) return fault('future_time', `${date.slice(0, 7)} is not over`);
  return toEpochDay(last);
}
