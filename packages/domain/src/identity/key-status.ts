import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';

/** The id before every other. */
const START = '00000000-0000-0000-0000-000000000000';
const WITHOUT_KEY_MAX = 1000;

/** How many data keys rest under which master key. Which of these is current, only who holds the ring knows. */
export const keyStatusHandler = handler(identity.keyStatus, async ({ sql }) => {
  const masterKeys = await sql<{ masterKeyId: string; people: number }>`
    SELECT master_key_id AS "masterKeyId", count(*)::int AS people FROM person_keys WHERE destroyed_at IS NULL GROUP BY master_key_id ORDER BY master_key_id`;
  const [rest] = await sql<{ destroyed: number; withoutKey: number }>`
    SELECT (SELECT count(*)::int FROM person_keys WHERE destroyed_at IS NOT NULL) AS destroyed,
      (SELECT count(*)::int FROM people_without_key(${START}, ${WITHOUT_KEY_MAX})) AS "withoutKey"`;
  return { masterKeys, destroyed: rest?.destroyed ?? 0, withoutKey: rest?.withoutKey ?? 0 };
});
