import { z } from 'zod';
import { batch, command, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Id, SessionDate } from '../fields.ts';

/** The id space is cut into this many equal parts; one job each. Fixed, so that a part always means the same portfolios. */
export const SNAPSHOT_SHARDS = 16;
const Shard = z.int().min(0).max(SNAPSHOT_SHARDS - 1);

export const SnapshotShardDue = event('analytics.SnapshotShardDue', {
  aggregateType: 'SNAPSHOT_SHARD',
  payload: z.object({ shard: Shard, runKey: z.string().max(64), through: SessionDate }),
});

export const SnapshotsUpdated = event('analytics.SnapshotsUpdated', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, through: SessionDate }),
});

export const dispatchSnapshots = command('analytics.dispatchSnapshots', {
  summary: 'Find the parts of the id space with portfolios whose snapshots are due, and ask for one job each.',
  input: z.strictObject({}),
  output: z.object({ runKey: z.string(), shards: z.array(Shard), portfolios: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  replay: 'none',
  example: {},
});

export const snapshotPortfolios = batch('analytics.snapshotPortfolios', {
  summary: 'Write the nightly snapshots of one part of the id space up to a date, from where each portfolio stands.',
  input: SnapshotShardDue.payload.strict(),
  output: z.object({ portfolios: z.int(), snapshots: z.int(), failed: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  example: { shard: 0, runKey: 'example', through: '2018-01-02' },
});
