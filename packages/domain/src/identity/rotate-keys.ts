import { identity } from '@trii/contract';
import { z } from 'zod';
import { handler, type WrappedKey } from '../platform/index.ts';
import { nextKeys, openKeys, unopened, type FoundKey } from './wrapped-keys.ts';

const START = '00000000-0000-0000-0000-000000000000';
const CHUNK = 500;
const Cursor = z.object({ after: z.uuid() }).nullable();

interface Prepared {
  readonly found: readonly FoundKey[];
  readonly rewrapped: readonly { readonly userId: string; readonly old: Uint8Array; readonly wrapped: WrappedKey }[];
}

/** Wraps every data key under the current master key, chunk by chunk. The keys themselves stay, so no ciphertext changes and reads go on. */
export const rotateKeysHandler = handler(identity.rotateKeys, {
  progress: ({ runId }) => ({ shard: 'all', runKey: runId }),

  async prepare({ ports: { vault }, read }, _input, cursor): Promise<Prepared> {
    const except = await vault.currentMasterKeyId();
    const found = await openKeys(
      vault,
      await read((sql) => nextKeys(sql, { after: Cursor.parse(cursor)?.after ?? START, limit: CHUNK, except })),
    );
    const rewrapped = [];
    for (const { userId, wrapped, dataKey } of found)
      if (dataKey !== undefined) rewrapped.push({ userId, old: wrapped.wrappedKey, wrapped: await vault.wrap(dataKey) });
    return { found, rewrapped };
  },

  async chunk({ sql, prepared: { found, rewrapped } }) {
    const last = found.at(-1);
    if (last === undefined) return { cursor: null, counts: {}, rows: 0 };
    // A key that was erased or wrapped anew meanwhile is no longer the old one, and is left alone.
    const written = await sql`
      UPDATE person_keys k SET wrapped_key = n.wrapped_key, master_key_id = n.master_key_id, rewrapped_at = now()
      FROM unnest(${rewrapped.map(({ userId }) => userId)}::uuid[], ${rewrapped.map(({ old }) => Buffer.from(old))}::bytea[],
        ${rewrapped.map(({ wrapped }) => Buffer.from(wrapped.wrappedKey))}::bytea[], ${rewrapped.map(({ wrapped }) => wrapped.masterKeyId)}::text[])
        AS n (user_id, old, wrapped_key, master_key_id)
      WHERE k.user_id = n.user_id AND k.wrapped_key = n.old RETURNING k.user_id`;
    const problems = unopened(found);
    return {
      cursor: { after: last.userId },
      counts: { rewrapped: written.length, unopened: problems.length },
      rows: written.length,
      ...(problems.length > 0 && { problems }),
    };
  },

  finish: (counts) => ({ rewrapped: counts['rewrapped'] ?? 0, unopened: counts['unopened'] ?? 0 }),
});
