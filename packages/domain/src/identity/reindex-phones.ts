import { identity } from '@trii/contract';
import { z } from 'zod';
import { handler, sessionKeys, setKeys } from '../platform/index.ts';
import { nextKeys, openKeys, unopened, type FoundKey } from './wrapped-keys.ts';

const START = '00000000-0000-0000-0000-000000000000';
const CHUNK = 200;
const Cursor = z.object({ after: z.uuid() }).nullable();

interface Prepared {
  readonly found: readonly FoundKey[];
  readonly blindIndexKey: string;
}

/** Computes the blind index of every phone number anew under its current key. The numbers never leave the database. */
export const reindexPhonesHandler = handler(identity.reindexPhones, {
  progress: ({ runId }) => ({ shard: 'all', runKey: runId }),

  async prepare({ ports: { vault }, read }, _input, cursor): Promise<Prepared> {
    const rows = await read((sql) => nextKeys(sql, { after: Cursor.parse(cursor)?.after ?? START, limit: CHUNK }));
    return { found: await openKeys(vault, rows), blindIndexKey: await vault.blindIndexKey() };
  },

  async chunk({ sql, prepared: { found, blindIndexKey } }) {
    const last = found.at(-1);
    if (last === undefined) return { cursor: null, counts: {}, rows: 0 };
    let reindexed = 0;
    for (const { userId, dataKey } of found) {
      if (dataKey === undefined) continue;
      await setKeys(sql, sessionKeys(dataKey, blindIndexKey));
      const [row] = await sql<{ done: boolean }>`SELECT reindex_person(${userId}) AS done`;
      if (row?.done === true) reindexed += 1;
    }
    const problems = unopened(found);
    return {
      cursor: { after: last.userId },
      counts: { reindexed, unopened: problems.length },
      rows: reindexed,
      ...(problems.length > 0 && { problems }),
    };
  },

  finish: (counts) => ({ reindexed: counts['reindexed'] ?? 0, unopened: counts['unopened'] ?? 0 }),
});
