import { analytics } from '@trii/contract';
import { parseLocalDate, type LocalDate } from '@trii/kernel';
import { z } from 'zod';
import { handler, type ChunkContext, type ChunkResult } from '../platform/index.ts';
import { advanceSnapshots } from './advance-snapshots.ts';
import { takeDuePortfolio, type DuePortfolio } from './due-snapshots.ts';
import { snapshotSession } from './snapshot-session.ts';
import type { MissingFigure } from './value-portfolio.ts';
import { shareValuing } from './valuing-turn.ts';

/** The id before every other. */
const START = '00000000-0000-0000-0000-000000000000';
const Cursor = z.object({ after: z.uuid() }).nullable();
const ENDED: ChunkResult = { cursor: null, counts: {}, rows: 0 };

/**
 * Each chunk takes the next due portfolio of the part and writes at most 500 of its snapshots. A portfolio with more keeps its turn; one that
 * cannot be valued loses it until the next run, so it never holds up the others.
 */
export const snapshotPortfoliosHandler = handler(analytics.snapshotPortfolios, {
  progress: ({ shard, runKey }) => ({ shard: String(shard), runKey }),

  async chunk(context, input, cursor) {
    const { sql, clock } = context;
    await shareValuing(sql);
    const after = Cursor.parse(cursor)?.after ?? START;
    const newest = await snapshotSession(sql, clock);
    if (newest === undefined) return ENDED;
    // Asked for yesterday and run today, or the valuation date was set back in between.
    const asked = parseLocalDate(input.through);
    const through = asked < newest ? asked : newest;
    const advance = { through, isNewest: through === newest };
    const portfolio = await takeDuePortfolio(sql, { shard: input.shard, after, ...advance });
    if (portfolio === undefined) return ENDED;
    const { snapshots, outcome } = await advanceSnapshots({ sql, clock }, portfolio, advance);
    if (outcome === 'more') return { cursor: { after }, counts: { snapshots }, rows: snapshots };
    const next = { cursor: { after: portfolio.id }, rows: snapshots };
    if (outcome !== 'current') return { ...next, counts: { snapshots, failed: 1 }, problems: [reportBlocked(context, portfolio, outcome)] };
    reportUpdated(context, portfolio, through);
    return { ...next, counts: { snapshots, portfolios: 1 } };
  },

  finish: (counts) => ({ portfolios: counts['portfolios'] ?? 0, snapshots: counts['snapshots'] ?? 0, failed: counts['failed'] ?? 0 }),
});

function reportUpdated({ emit }: ChunkContext, { id, userId }: DuePortfolio, through: LocalDate): void {
  emit(analytics.SnapshotsUpdated, { aggregateId: id, userId, payload: { portfolioId: id, through } });
}

function reportBlocked(
  { emit }: ChunkContext,
  { id, userId }: DuePortfolio,
  { date, code, asset }: MissingFigure,
): Record<string, unknown> {
  const problem = { portfolioId: id, date, reason: code, asset };
  emit(analytics.SnapshotsBlocked, { aggregateId: id, userId, payload: problem });
  return problem;
}
