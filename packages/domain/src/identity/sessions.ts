import { identity } from '@trii/contract';
import { handler, sessionIdOf, userIdOf } from '../platform/index.ts';

interface SessionRow {
  readonly id: string;
  readonly device_info: string | null;
  readonly ip_address: string | null;
  readonly created_at: string;
  readonly last_activity_at: string;
  readonly expires_at: string;
}

const SESSIONS_MAX = 100;

/** Where the investor is signed in now, the newest first. */
export const sessionsHandler = handler(identity.sessions, async ({ sql, actor, clock }) => {
  const now = clock.now();
  const rows = await sql<SessionRow>`
    SELECT id, device_info, host(ip_address) AS ip_address, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at, to_char(last_activity_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_activity_at,
      to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at
    FROM user_sessions
    WHERE user_id = ${userIdOf(actor)} AND is_active AND expires_at > ${now} AND last_activity_at + make_interval(secs => idle_seconds) > ${now}
    ORDER BY created_at DESC, id DESC LIMIT ${SESSIONS_MAX}`;
  const current = sessionIdOf(actor);
  return {
    items: rows.map((row) => ({
      id: row.id,
      deviceInfo: row.device_info,
      ipAddress: row.ip_address,
      createdAt: row.created_at,
      lastActivityAt: row.last_activity_at,
      expiresAt: row.expires_at,
      isCurrent: row.id === current,
    })),
  };
});
