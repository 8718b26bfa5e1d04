import { invariant, type LocalDate, parseLocalDate, tradingCalendar } from '@trii/kernel';

/** More would not change what is learnt, and a laptop's disk has an end. */
export const SCALE_MAX = 100_000;

/** Instruments come in blocks of ten, a block for so many portfolios. */
const PORTFOLIOS_PER_BLOCK = 200;
const INSTRUMENTS_PER_BLOCK = 10;

export const instrumentsOf = (portfolios: number): number => Math.ceil(portfolios / PORTFOLIOS_PER_BLOCK) * INSTRUMENTS_PER_BLOCK;

/** The same whenever it is made, so that the same number of portfolios gives the same data. The platform values at it. */
export const LAST_SESSION: LocalDate = parseLocalDate('2025-12-31');

/** A bar a day, but for the last session, which has 390 minutes: 2,000 bars an instrument, and so 100 a portfolio. */
const DAILY_BARS = 1_610;
/** Sessions that portfolios have: one snapshot each. */
const PORTFOLIO_SESSIONS = 20;

export interface ScaleSession {
  readonly no: number;
  readonly date: LocalDate;
  readonly closesAt: string;
  /** 1 for the portfolios' first session; null before. */
  readonly turn: number | null;
  readonly isLast: boolean;
}

/** Oldest first. */
export function scaleSessions(): ScaleSession[] {
  const { sessions, sessionClose } = tradingCalendar('XNYS');
  const dates = sessions(parseLocalDate('2019-01-02'), LAST_SESSION).slice(-DAILY_BARS - 1);
  invariant(dates.length === DAILY_BARS + 1, 'the calendar reaches back far enough');
  const first = dates.length - PORTFOLIO_SESSIONS;
  return dates.map((date, index) => ({
    no: index + 1,
    date,
    closesAt: sessionClose(date).toISOString(),
    turn: index < first ? null : index - first + 1,
    isLast: index === dates.length - 1,
  }));
}
