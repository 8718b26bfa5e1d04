import { platform } from '@trii/contract';
import { handler } from './handler.ts';

/** Run every few hours: months are made three ahead, days seven, years one, so a week without workers loses nothing. */
export const maintainPartitionsHandler = handler(platform.maintainPartitions, async (ctx) => {
  const [row] = await ctx.sql<{ changed: number }>`SELECT maintain_partitions() AS changed`;
  const changed = row?.changed ?? 0;
  ctx.note({ newValues: { changed } });
  return { changed };
});
