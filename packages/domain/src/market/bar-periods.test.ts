import { tradingCalendar } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { periodRule } from './bar-periods.ts';
import type { Resolution } from './bar.ts';

const DAY = 86_400_000;
const day = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / DAY;
const nyse = tradingCalendar('XNYS');
const rule = (resolution: Resolution, now: string) => periodRule(resolution, Date.parse(now));

describe('a daily bar', () => {
  const judge = rule('1d', '2026-11-23T15:00:00Z');

  it('belongs to a session of its exchange', () => {
    expect(judge(day('2020-04-17'), nyse)).toBe(day('2020-04-17'));
    // Saturday; New Year; the Friday of Good Friday 2020; the terror attacks of 2001.
    for (const closed of ['2020-04-18', '2020-01-01', '2020-04-10', '2001-09-12']) {
      expect(judge(day(closed), nyse), closed).toMatchObject({ reason: 'not_a_session' });
    }
    expect(judge(day('2020-04-18'), tradingCalendar('24/7'))).toBe(day('2020-04-18'));
  });

  it('is refused until its session has closed', () => {
    // Monday 2026-11-23: New York closes at 16:00, 21:00 UTC.
    expect(judge(day('2026-11-23'), nyse)).toMatchObject({ reason: 'future_time' });
    expect(rule('1d', '2026-11-23T20:59:59Z')(day('2026-11-23'), nyse)).toMatchObject({ reason: 'future_time' });
    expect(rule('1d', '2026-11-23T21:00:00Z')(day('2026-11-23'), nyse)).toBe(day('2026-11-23'));
    // Half day after Thanksgiving: closes at 13:00, 18:00 UTC.
    expect(rule('1d', '2026-11-27T18:00:00Z')(day('2026-11-27'), nyse)).toBe(day('2026-11-27'));
    expect(judge(day('2030-01-05'), nyse)).toMatchObject({ reason: 'future_time' });
  });

  it('cannot be judged beyond the calendar or without an exchange', () => {
    expect(judge(day('1989-12-29'), nyse)).toMatchObject({ reason: 'outside_calendar' });
    expect(judge(day('2020-04-17'), null)).toMatchObject({ reason: 'no_exchange' });
  });
});

describe('a monthly close', () => {
  const judge = rule('1mo', '2026-11-23T15:00:00Z');

  it("is the bar of the month's last session, dated on the month's first day, last day or last session", () => {
    // 2000-01-31 was a Monday; 2000-04-30 a Sunday, so April ended on Friday the 28th.
    expect(judge(day('2000-01-01'), nyse)).toBe(day('2000-01-31'));
    expect(judge(day('2000-04-01'), nyse)).toBe(day('2000-04-28'));
    expect(judge(day('2000-04-30'), nyse)).toBe(day('2000-04-28'));
    expect(judge(day('2000-04-28'), nyse)).toBe(day('2000-04-28'));
    expect(judge(day('2000-04-27'), nyse)).toMatchObject({ reason: 'not_a_month_boundary' });
  });

  it('is refused until the month is over', () => {
    expect(judge(day('2026-11-01'), nyse)).toMatchObject({ reason: 'future_time' });
    expect(judge(day('2026-10-01'), nyse)).toBe(day('2026-10-30'));
    expect(rule('1mo', '2026-11-30T21:00:00Z')(day('2026-11-01'), nyse)).toBe(day('2026-11-30'));
  });
});

describe('an intraday bar', () => {
  const judge = rule('1m', '2026-11-23T15:00:00Z');
  const at = (iso: string): number => Date.parse(iso);

  it('starts on a whole minute and is over', () => {
    expect(judge(at('2026-11-23T14:59:00Z'), null)).toBe(at('2026-11-23T14:59:00Z') / 60_000);
    expect(judge(at('2026-11-23T14:59:30Z'), null)).toMatchObject({ reason: 'not_aligned' });
    expect(judge(at('2026-11-23T15:00:00Z'), null)).toMatchObject({ reason: 'future_time' });
  });

  it('is refused where retention has dropped bars', () => {
    const dropped = at('2024-11-20T00:00:00Z');
    const kept = periodRule('1m', at('2026-11-23T15:00:00Z'), dropped);
    expect(kept(dropped, null)).toBe(dropped / 60_000);
    expect(kept(dropped - 60_000, null)).toMatchObject({ reason: 'before_retention' });
  });

  it('of an hour may start at half past, and is over an hour later', () => {
    const hourly = rule('1h', '2026-11-23T15:30:00Z');
    expect(hourly(at('2026-11-23T14:30:00Z'), null)).toBe(at('2026-11-23T14:30:00Z') / 60_000);
    expect(hourly(at('2026-11-23T14:31:00Z'), null)).toMatchObject({ reason: 'future_time' });
  });
});
