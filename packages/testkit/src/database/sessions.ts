import type { DatabaseSession } from '@trii/domain';
import { Client, Pool } from 'pg';
import type { PoolClient } from 'pg';

/** One connection for one piece of work. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface Sessions {
  /** One transaction as the serving login does it: the role, `app.user_id`, commit; everything undone when the work throws. */
  as<T>(session: DatabaseSession, work: (client: PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A small pool per login, so that sessions meet connections that served someone else before. */
export function openSessions(urlOf: (role: DatabaseSession['role']) => string): Sessions {
  const pools = new Map<string, Pool>();
  const poolOf = (role: DatabaseSession['role']): Pool => {
    const url = urlOf(role);
    const pool = pools.get(url) ?? new Pool({ connectionString: url, max: 2 });
    pools.set(url, pool);
    return pool;
  };
  return {
    async as(session, work) {
      const client = await poolOf(session.role).connect();
      try {
        await client.query('BEGIN');
        await client.query("SELECT set_config('role', $1, true), set_config('app.user_id', $2, true)", [
          session.role,
          session.userId ?? '',
        ]);
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
    async close() {
      for (const pool of pools.values()) await pool.end();
      pools.clear();
    },
  };
}
