import type { TestPlatform } from './test-platform.ts';

/** From that date on, with the note of how far they reach: they are projections, and due again. */
export async function throwSnapshotsAway(platform: TestPlatform, from = '1990-01-01'): Promise<void> {
  await platform.inspect('DELETE FROM portfolio_snapshots WHERE snapshot_date >= $1', [from]);
  await platform.inspect(
    'UPDATE portfolios p SET snapshots_through = (SELECT max(s.snapshot_date) FROM portfolio_snapshots s WHERE s.portfolio_id = p.id)',
  );
}
