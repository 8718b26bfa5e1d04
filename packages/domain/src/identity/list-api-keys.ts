import { identity, type OutputOf } from '@trii/contract';
import { handler, userIdOf } from '../platform/index.ts';

type Item = OutputOf<typeof identity.listApiKeys>['items'][number];

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly permissions: Item['permissions'];
  readonly created_at: string;
  readonly expires_at: string;
  readonly last_used_at: string | null;
  readonly state: Item['state'];
}

const KEYS_MAX = 100;

/** The investor's keys, those of the past too, the newest first. */
export const listApiKeysHandler = handler(identity.listApiKeys, async ({ sql, actor, clock }) => {
  const rows = await sql<KeyRow>`
    SELECT id, name, prefix, permissions, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
      to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at,
      to_char(last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_used_at,
      CASE WHEN revoked_at IS NOT NULL THEN 'REVOKED' WHEN expires_at <= ${clock.now()} THEN 'EXPIRED' ELSE 'ACTIVE' END AS state
    FROM api_keys WHERE user_id = ${userIdOf(actor)} ORDER BY created_at DESC, id DESC LIMIT ${KEYS_MAX}`;
  return {
    items: rows.map(({ created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt, ...row }) => ({
      ...row,
      createdAt,
      expiresAt,
      lastUsedAt,
    })),
  };
});
