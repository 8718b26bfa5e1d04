import { tradingCalendar, type Clock, type LocalDate } from '@trii/kernel';

/**
 * The moment whose rates count for a date, ISO 8601 in UTC: the close of that day's session in New York, by which every portfolio is valued, and on other days
 * their end in UTC; never later than now.
 */
export function rateMoment(date: LocalDate, clock: Clock): string {
  const end = closeMoment(date);
  const now = clock.now().toISOString();
  return now < end ? now : end;
}

/** The same where the day is over, or no rate of later than now can be. */
export function closeMoment(date: LocalDate): string {
  const { firstDate, lastDate, isSession, sessionClose } = tradingCalendar('XNYS');
  return date >= firstDate && date <= lastDate && isSession(date) ? sessionClose(date).toISOString() : `${date}T23:59:59.999Z`;
}
