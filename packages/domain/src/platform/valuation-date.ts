import { platform } from '@trii/contract';
import type { Clock, LocalDate } from '@trii/kernel';
import { parseLocalDate } from '@trii/kernel';
import { handler } from './handler.ts';
import type { Sql } from './transactions.ts';

/** The platform's home for "today": New York, where its first exchange is. */
const HOME_TIME_ZONE = 'America/New_York';

/** The business date the platform values at: fixed by an operator (a demo on historical prices) or the system clock's. */
export async function valuationDate(sql: Sql, clock: Clock): Promise<LocalDate> {
  return (await fixedDate(sql)) ?? clock.today(HOME_TIME_ZONE);
}

export const valuationDateHandler = handler(platform.valuationDate, async ({ sql, clock }) => {
  const fixed = await fixedDate(sql);
  return { date: fixed ?? clock.today(HOME_TIME_ZONE), followsSystemClock: fixed === undefined };
});

async function fixedDate(sql: Sql): Promise<LocalDate | undefined> {
  const [row] = await sql<{ valuation_date: string | null }>`SELECT valuation_date FROM valuation_clock`;
  return row?.valuation_date ? parseLocalDate(row.valuation_date) : undefined;
}
