import type { Sql } from '../platform/index.ts';

/**
 * Who values and who marks what changed bars put out of date must not overlap: a valuation that read the old bars and commits after the marking
 * would stay. Any number may value at once; the marking waits for those under way, whose snapshots it then sees. Held to the transaction's end.
 */
export async function shareValuing(sql: Sql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock_shared(hashtext('analytics.snapshotPortfolios'))`;
}

/** In a statement of its own, before the one that looks: that one's view of the data must be newer than the lock. */
export async function waitForValuing(sql: Sql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('analytics.snapshotPortfolios'))`;
}
