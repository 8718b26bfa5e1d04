import { identity } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { handler, userIdOf } from '../platform/index.ts';

/** What count: neither revoked nor expired. */
const KEYS_MAX = 20;
const DAY_MS = 24 * 60 * 60 * 1000;
/** By it doors, and those who look for secrets in the wrong places, know a key for what it is. */
const BEGINNING = 'trii_';
/** Of the 43 random characters so many are shown again; what is left is past guessing. */
const PREFIX_LENGTH = BEGINNING.length + 6;

/** Makes a key that is shown once; only its hash is kept. It permits nothing that the session which makes it may not do. */
export const createApiKeyHandler = handler(identity.createApiKey, {
  prepare({ ports }) {
    const key = `${BEGINNING}${ports.tokens.issue()}`;
    return Promise.resolve({ key, keyHash: ports.tokens.hash(key) });
  },
  async handle(ctx, { name, permissions, expiresInDays }) {
    const { key, keyHash } = ctx.prepared;
    const userId = userIdOf(ctx.actor);
    const own: readonly string[] = ctx.actor.kind === 'user' ? ctx.actor.permissions : [];
    const permitted = [...new Set(permissions)];
    const missing = permitted.find((permission) => !own.includes(permission));
    if (missing !== undefined) return ctx.refuse('FORBIDDEN', { permission: missing });
    const now = ctx.clock.now();
    // Under the lock of the account, so that two at once count each other.
    await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
    const [counted] = await ctx.sql<{
      keys: number;
    }>`SELECT count(*)::int AS keys FROM api_keys WHERE revoked_at IS NULL AND expires_at > ${now}`;
    if ((counted?.keys ?? 0) >= KEYS_MAX) return ctx.refuse('TOO_MANY_API_KEYS', { keysMax: KEYS_MAX });
    const id = newId();
    const prefix = key.slice(0, PREFIX_LENGTH);
    const expiresAt = instant(now.getTime() + expiresInDays * DAY_MS);
    await ctx.sql`INSERT INTO api_keys (id, user_id, name, prefix, key_hash, permissions, created_at, expires_at)
      VALUES (${id}, ${userId}, ${name}, ${prefix}, ${keyHash}, ${permitted}, ${now}, ${expiresAt})`;
    ctx.note({ entityId: id, newValues: { permissions: permitted, expiresAt: expiresAt.toISOString() } });
    return { id, key, prefix, permissions: permitted, expiresAt: expiresAt.toISOString() };
  },
});
