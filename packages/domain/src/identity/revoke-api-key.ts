import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';

interface Revoked {
  keyHash: string | undefined;
}

/** Ends a key for good: in the database, then in the cache, which need not be there for that. */
export const revokeApiKeyHandler = handler(identity.revokeApiKey, {
  prepare: (): Promise<Revoked> => Promise.resolve({ keyHash: undefined }),
  async handle(ctx, { keyId }) {
    const [key] = await ctx.sql<{ key_hash: string; revoked: boolean }>`
      SELECT key_hash, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE id = ${keyId} FOR NO KEY UPDATE`;
    if (key === undefined) return ctx.refuse('NOT_FOUND');
    // Told again when it was revoked before: the cache may not have heard it then.
    ctx.prepared.keyHash = key.key_hash;
    if (!key.revoked) await ctx.sql`UPDATE api_keys SET revoked_at = ${ctx.clock.now()} WHERE id = ${keyId}`;
    return { revoked: !key.revoked };
  },
  async committed({ sessions }, { keyHash }) {
    if (keyHash !== undefined) await sessions.end(keyHash);
  },
});
