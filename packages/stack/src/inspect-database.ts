import { Client } from 'pg';

/** What a login is and may, as the server it signs in to sees it. */
export interface LoginFindings {
  readonly login: string;
  readonly serverVersion: string;
  readonly isSuperuser: boolean;
  readonly bypassesRowSecurity: boolean;
  /** Owns, or may become the owner of, the database or a table in schema public. */
  readonly isOwner: boolean;
}

const DEADLINE_MS = 5_000;

// the database's name is not a parameter anywhere: each login reports on the connection it made itself
const FINDINGS = `
  SELECT r.rolname AS "login",
         current_setting('server_version') AS "serverVersion",
         r.rolsuper AS "isSuperuser",
         r.rolbypassrls AS "bypassesRowSecurity",
         EXISTS (SELECT FROM pg_database d WHERE d.datname = current_database() AND pg_has_role(r.oid, d.datdba, 'MEMBER'))
           OR EXISTS (SELECT FROM pg_class c
                       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
                         AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS "isOwner"
    FROM pg_roles r
   WHERE r.rolname = current_user`;

/** @throws the driver's error when the server is not reached or refuses the login */
export async function inspectLogin(url: string): Promise<LoginFindings> {
  const rows = await ask<LoginFindings>(url, FINDINGS);
  const [found] = rows;
  if (found === undefined) throw new Error('the server does not show the login its own role');
  return found;
}

export interface SeriesEngineFindings {
  /** Which engine keeps the market series; null before the first migration. */
  readonly engine: string | null;
  /** Of the extension in this database; null where it is not. */
  readonly timescaleVersion: string | null;
  /** 'timescale' is the community build, 'apache' lacks what the platform needs. */
  readonly timescaleLicense: string | null;
}

const ENGINE = `
  SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS "timescaleVersion",
         CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN current_setting('timescaledb.license', true) END AS "timescaleLicense",
         to_regprocedure('public.series_engine()') IS NOT NULL AS known`;

export async function inspectSeriesEngine(ownerUrl: string): Promise<SeriesEngineFindings> {
  const [found] = await ask<Omit<SeriesEngineFindings, 'engine'> & { readonly known: boolean }>(ownerUrl, ENGINE);
  const { known = false, timescaleVersion = null, timescaleLicense = null } = found ?? {};
  const [kept] = known ? await ask<{ engine: string }>(ownerUrl, 'SELECT public.series_engine()::text AS engine') : [];
  return { engine: kept?.engine ?? null, timescaleVersion, timescaleLicense };
}

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: DEADLINE_MS,
    query_timeout: DEADLINE_MS,
    application_name: 'trii-doctor',
  });
  client.on('error', () => undefined); // told by the query that fails
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
