import { fromEpochDay } from '@trii/kernel';
import type { Sql, TransactionHost } from '../platform/index.ts';
import type { BarSeries } from './bar.ts';

const MINUTES_PER_DAY = 1440;
/** What `prepare_series_days` takes in one call. */
const DAYS_PER_CALL = 100;

/** The UTC day, counted from 1970-01-01, of a period of market_data, which is cut by days; daily_bars has its years made long ahead. */
export function partOf(series: BarSeries): (period: number) => number {
  return series === 'market_data' ? (period) => Math.floor(period / MINUTES_PER_DAY) : () => 0;
}

/**
 * Makes at most a hundred of the days that bars are about to come for, and takes them off the list: bars that come before their day's partition
 * land in the DEFAULT one, and have to be moved. Returns how many days did not exist yet.
 */
export async function prepareDays(sql: Sql, days: number[]): Promise<number> {
  const dates = days.splice(0, DAYS_PER_CALL).map((day) => fromEpochDay(day));
  if (dates.length === 0) return 0;
  const [row] = await sql<{ made: number }>`SELECT prepare_series_days('market_data', ${dates}::date[]) AS made`;
  return row?.made ?? 0;
}

/** Until when retention has dropped intraday bars, in milliseconds since 1970; minus infinity where it has dropped none. */
export async function droppedBefore(transactions: TransactionHost): Promise<number> {
  const rows = await transactions.read(
    { role: 'worker_role', userId: null },
    (sql) =>
      sql<{
        ms: number;
      }>`SELECT extract(epoch FROM dropped_before)::float8 * 1000 AS ms FROM series_retention WHERE table_name = 'market_data'`,
  );
  return rows[0]?.ms ?? Number.NEGATIVE_INFINITY;
}
