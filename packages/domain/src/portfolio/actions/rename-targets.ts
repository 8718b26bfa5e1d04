import type { Sql } from '../../platform/index.ts';

/** The wanted share of an instrument goes with its name. One pass over all portfolios: a new name is rare. */
export async function renameTargets(sql: Sql, before: string, after: string): Promise<void> {
  await sql`
    UPDATE portfolios SET allocation_target = (allocation_target - ${before}::text) || jsonb_build_object(${after}::text, allocation_target -> ${before}::text), updated_at = now()
    WHERE jsonb_exists(allocation_target, ${before}::text)`;
}
