import type { Clock, LocalDate } from '@trii/kernel';
import { parseLocalDate } from '@trii/kernel';
import type { Sql } from './transactions.ts';

/** The platform's home for "today": New York, where its first exchange is. */
const HOME_TIME_ZONE = 'America/New_York';

/** The business date the platform values at: fixed by an operator (a demo on historical prices) or the system clock's. */
export async function valuationDate(sql: Sql, clock: Clock): Promise<LocalDate> {
  const [row] = await sql<{ valuation_date: string | null }>`SELECT valuation_date FROM valuation_clock`;
  return row?.valuation_date ? parseLocalDate(row.valuation_date) : clock.today(HOME_TIME_ZONE);
}
