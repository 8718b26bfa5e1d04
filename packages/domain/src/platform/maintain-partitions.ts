import { platform } from '@trii/contract';
import { handler } from './handler.ts';

interface Dropped {
  readonly series: string;
  readonly from: string;
  readonly rows: number;
  readonly keptHours: number;
}

/**
 * Run every few hours: months are made three ahead, days seven, years one, so a week without workers loses nothing. What the series keep no longer
 * (`series_retention`) goes last, a bounded number of parts a run, and the audit row says what went.
 */
export const maintainPartitionsHandler = handler(platform.maintainPartitions, async (ctx) => {
  const [row] = await ctx.sql<{ changed: number }>`SELECT maintain_partitions() AS changed`;
  const changed = row?.changed ?? 0;
  const dropped = await ctx.sql<Dropped>`
    SELECT table_name AS series, first_day AS from, dropped_rows::int AS rows, kept_hours::int AS "keptHours" FROM drop_expired_series()`;
  ctx.note({ newValues: { changed, dropped } });
  return { changed, dropped };
});
