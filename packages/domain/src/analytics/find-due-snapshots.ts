import { analytics } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { findDueShards, sumPortfolios } from './due-snapshots.ts';
import { snapshotSession } from './snapshot-session.ts';

/** A read that tells whether a dispatch is worth its audit row. */
export const snapshotsDueHandler = handler(analytics.snapshotsDue, async ({ sql, clock }, { look }) => {
  const through = await snapshotSession(sql, clock);
  if (through === undefined) return { through: null, portfolios: 0, shards: [], busy: [] };
  const { due, busy } = await findDueShards(sql, { look, through });
  return { through, portfolios: sumPortfolios(due), shards: due.map(({ shard }) => shard), busy: [...busy] };
});
