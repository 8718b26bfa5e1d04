import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { GROUP_ROLES, LOGIN_PROFILES, LOGINS } from './roles.ts';
import type { Login } from './roles.ts';
import { scramVerifier } from './scram.ts';

export interface BootstrapOptions {
  /** A superuser's URL, or that of a role with CREATEROLE and CREATEDB; any database of the cluster. */
  readonly adminUrl: string;
  readonly secrets: Readonly<Record<Login, string>>;
  readonly database?: string;
  /** Connections a login may hold at once, cluster-wide; the profile's unless said. -1 is unlimited. */
  readonly connectionLimit?: number;
  readonly onStep?: (step: string) => void;
}

/**
 * Makes what migrations cannot: logins, group roles, memberships, the database and the extensions only an administrator may create.
 * Idempotent: a second run sets the same passwords and settings again.
 */
export async function bootstrapRoles(options: BootstrapOptions): Promise<void> {
  const database = options.database ?? 'trii';
  await connected(options.adminUrl, async (admin) => {
    options.onStep?.('database roles');
    for (const role of GROUP_ROLES) await ensureRole(admin, role, `NOLOGIN ${role === 'definer_role' ? 'INHERIT' : 'NOINHERIT'}`);
    for (const login of LOGINS) await ensureLogin(admin, login, options);
    await grantStatistics(admin, options);
    options.onStep?.(`database ${database}`);
    await ensureDatabase(admin, database);
  });
  await connected(urlOf(options.adminUrl, database), (admin) => prepareDatabase(admin, database, options));
}

/**
 * The rights on a database itself. PostgreSQL does not copy them from a template, so whoever clones one calls this on the clone.
 * `admin` is a connection of an administrator to any database.
 */
export async function grantDatabase(admin: Client, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  await admin.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await admin.query(`GRANT CONNECT ON DATABASE ${name} TO ${LOGINS.join(', ')}`);
  // Imports stage what they COPY in a temporary table.
  await admin.query(`GRANT TEMPORARY ON DATABASE ${name} TO worker_role`);
}

async function ensureRole(admin: Client, role: string, attributes: string): Promise<void> {
  const { rowCount } = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  await admin.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${escapeIdentifier(role)} ${attributes}`);
}

async function ensureLogin(admin: Client, login: Login, options: BootstrapOptions): Promise<void> {
  const profile = LOGIN_PROFILES[login];
  const limit = options.connectionLimit ?? profile.connectionLimit;
  await ensureRole(
    admin,
    login,
    `LOGIN NOINHERIT CONNECTION LIMIT ${limit} PASSWORD ${escapeLiteral(scramVerifier(options.secrets[login]))}`,
  );
  for (const group of profile.memberOf) await admin.query(`GRANT ${group} TO ${login}`);
  for (const [setting, value] of Object.entries(profile.settings))
    await admin.query(`ALTER ROLE ${login} SET ${setting} = ${escapeLiteral(value)}`);
}

/** So that the functions behind the monitoring views see connections and statements of every login; operators do not get this right themselves. */
async function grantStatistics(admin: Client, options: BootstrapOptions): Promise<void> {
  try {
    await admin.query('GRANT pg_read_all_stats TO definer_role');
  } catch (error) {
    // Not needed to run: monitoring_rights() then says that states and statements stay hidden.
    options.onStep?.(`pg_read_all_stats not granted to definer_role: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function ensureDatabase(admin: Client, database: string): Promise<void> {
  const { rows } = await admin.query<{ superuser: boolean }>('SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user');
  // Only a superuser may give a database to someone without being a member of them.
  if (rows[0]?.superuser !== true) await admin.query('GRANT trii_owner TO CURRENT_USER');
  const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) await admin.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
}

async function prepareDatabase(admin: Client, database: string, options: BootstrapOptions): Promise<void> {
  // The schema while the database is still ours: on PostgreSQL 15 only the database's owner may give it away.
  await admin.query('ALTER SCHEMA public OWNER TO trii_owner');
  await admin.query(`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO trii_owner`);
  await grantDatabase(admin, database);
  await admin.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
  for (const extension of ['pg_stat_statements', 'timescaledb']) {
    const { rowCount } = await admin.query('SELECT FROM pg_available_extensions WHERE name = $1 AND installed_version IS NULL', [
      extension,
    ]);
    if (rowCount === 0) continue;
    try {
      await admin.query(`CREATE EXTENSION IF NOT EXISTS ${extension}`);
    } catch (error) {
      // Neither is needed: without them slow queries are not listed, and the native series engine serves.
      options.onStep?.(`extension ${extension} not created in ${database}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function connected<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'trii-bootstrap' });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}
