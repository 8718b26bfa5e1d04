import type { Sql } from '../../platform/index.ts';

/** Who applies an action and who takes it back must not overlap: a portfolio would keep what was taken back. Any number may apply at once. Held to the transaction's end. */
export async function holdAction(sql: Sql, actionId: string, how: 'alone' | 'shared'): Promise<void> {
  const key = `corporate action ${actionId}`;
  if (how === 'alone') await sql`SELECT pg_advisory_xact_lock(hashtext(${key}))`;
  else await sql`SELECT pg_advisory_xact_lock_shared(hashtext(${key}))`;
}

/** In a statement of its own, after the lock: that one's view of the data must be newer. */
export async function isStanding(sql: Sql, actionId: string): Promise<boolean> {
  await holdAction(sql, actionId, 'shared');
  const rows = await sql`SELECT FROM corporate_actions WHERE id = ${actionId} AND status <> 'CANCELLED'`;
  return rows.length > 0;
}
