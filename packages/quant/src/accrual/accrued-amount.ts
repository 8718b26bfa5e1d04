import type { Decimal } from '@trii/kernel';
import type { DayCount } from '../returns/year-fraction.ts';

/** The two conventions of the money market: every calendar day is the same part of a year. */
export type AccrualDayCount = Extract<DayCount, 'act/360' | 'act/365f'>;

const DAYS_A_YEAR = { 'act/360': 360, 'act/365f': 365 } as const satisfies Record<AccrualDayCount, number>;

export interface Accrual {
  /** Sum over calendar days of what stood at the end of each, in units of a currency. */
  readonly valueDays: Decimal;
  /** Hundredths of a percent a year. */
  readonly annualBps: Decimal;
  readonly dayCount: AccrualDayCount;
}

/**
 * What accrues without compounding: value-days x rate / days of a year. Because each day counts the same, days of one rate add up before they are
 * multiplied, and the division is done once; not rounded but to 50 significant digits.
 * Source: ISDA 2006 Definitions, section 4.16 (d) "Actual/365 (Fixed)" and (e) "Actual/360".
 */
export const accruedAmount = ({ valueDays, annualBps, dayCount }: Accrual): Decimal =>
  valueDays.times(annualBps).div(10_000 * DAYS_A_YEAR[dayCount]);
