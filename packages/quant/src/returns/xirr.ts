import type { LocalDate } from '@trii/kernel';
import { finite } from '../series.ts';
import { irr } from './irr.ts';
import type { RateOfReturn, TimedFlow } from './irr.ts';
import { yearFraction } from './year-fraction.ts';
import type { DayCount } from './year-fraction.ts';

/** A cash flow seen by the investor: paying in is negative, receiving (or still holding) positive. */
export interface DatedFlow {
  readonly date: LocalDate;
  readonly amount: number;
}

/**
 * Money-weighted return a year: every rate with sum(amount / (1 + r)^years) = 0, years = days since the earliest flow / 365 (actual/365
 * fixed, as spreadsheets' XIRR), in any order. Several rates are reported as such.
 * @throws CodedError NOT_FINITE, RATE_UNRESOLVED
 */
export function xirr(flows: readonly DatedFlow[], options: { readonly dayCount?: DayCount } = {}): RateOfReturn {
  return irr(timed(flows, earliest(flows), options.dayCount));
}

/**
 * Worth of dated flows on the earliest date at a rate a year: sum(amount / (1 + rate)^years).
 * @throws CodedError NOT_FINITE
 */
export function netPresentValue(flows: readonly DatedFlow[], rate: number, options: { readonly dayCount?: DayCount } = {}): number {
  return worth(timed(flows, earliest(flows), options.dayCount), rate);
}

/** As {@link netPresentValue}, on the latest date. */
export function netFutureValue(flows: readonly DatedFlow[], rate: number, options: { readonly dayCount?: DayCount } = {}): number {
  return worth(timed(flows, latest(flows), options.dayCount), rate);
}

function worth(flows: readonly TimedFlow[], rate: number): number {
  return finite(
    flows.reduce((sum, { time, amount }) => sum + amount / (1 + rate) ** time, 0),
    'the worth at this rate',
  );
}

function timed(flows: readonly DatedFlow[], origin: LocalDate, dayCount: DayCount = 'act/365f'): TimedFlow[] {
  return flows.map(({ date, amount }) => ({ time: yearFraction(origin, date, dayCount), amount: finite(amount, 'amount') }));
}

function earliest(flows: readonly DatedFlow[]): LocalDate {
  return flows.reduce<LocalDate>((min, { date }) => (date < min ? date : min), '9999-12-31');
}

function latest(flows: readonly DatedFlow[]): LocalDate {
  return flows.reduce<LocalDate>((max, { date }) => (date > max ? date : max), '0001-01-01');
}
