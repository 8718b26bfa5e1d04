import { randomBytes } from 'node:crypto';
import { openSessions, withClient, type Sessions } from '@trii/testkit';
import { inject } from 'vitest';
import { bootstrapRoles, LOGINS, migrate, type Login } from '../src/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    timescaleUrl: string;
  }
}

/** Names of databases that such a test made: they may be there, since a test that was killed leaves its own. */
const PREFIX = 'timescale_test_';

export interface TimescaleDatabase extends Sessions {
  readonly ownerUrl: string;
  readonly adminUrl: string;
  /** What the migrations said and which ran. */
  readonly steps: readonly string[];
  readonly ran: readonly string[];
  drop(): Promise<void>;
}

/**
 * A database of its own on the server of TIMESCALE_URL, with all roles and migrations.
 * @throws when the server serves a platform: its logins would get new passwords
 */
export async function createTimescaleDatabase(engine: 'native' | 'timescale' = 'timescale'): Promise<TimescaleDatabase> {
  const adminUrl = inject('timescaleUrl');
  await withClient(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ datname: string }>(
      `SELECT datname FROM pg_database JOIN pg_roles owner ON owner.oid = datdba WHERE owner.rolname = 'trii_owner' AND NOT starts_with(datname, $1)`,
      [PREFIX],
    );
    if (rows.length > 0)
      throw new Error(`The server of TIMESCALE_URL holds a platform (${rows.map(({ datname }) => datname).join(', ')}): use another one.`);
    const { rowCount } = await admin.query("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'");
    if (rowCount === 0) throw new Error('The server of TIMESCALE_URL has no TimescaleDB.');
  });
  const database = PREFIX + randomBytes(8).toString('hex');
  const secrets = Object.fromEntries(LOGINS.map((login) => [login, randomBytes(16).toString('hex')])) as Record<Login, string>;
  const urlOf = (login: Login): string => {
    const url = new URL(adminUrl);
    [url.username, url.password, url.pathname] = [login, secrets[login], `/${database}`];
    return url.href;
  };
  await bootstrapRoles({ adminUrl, secrets, database });
  const here = new URL(adminUrl);
  here.pathname = `/${database}`;
  // As a server that gets the extension later. A session that drops it cannot make it again.
  if (engine === 'native') await withClient(here.href, (admin) => admin.query('DROP EXTENSION timescaledb'));
  const steps: string[] = [];
  const ran = await migrate({ ownerUrl: urlOf('trii_owner'), onStep: (step) => steps.push(step) });
  const sessions = openSessions((role) =>
    urlOf(role === 'worker_role' ? 'trii_worker' : role === 'admin_role' ? 'trii_operator' : 'trii_api'),
  );
  return {
    ...sessions,
    ownerUrl: urlOf('trii_owner'),
    steps,
    ran,
    adminUrl: here.href,
    async drop() {
      await sessions.close();
      // By force: TimescaleDB's own workers are connected to it.
      await withClient(adminUrl, (admin) => admin.query(`DROP DATABASE ${database} WITH (FORCE)`));
    },
  };
}
