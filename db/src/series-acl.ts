import type { Client } from 'pg';

/** Who may do what with a relation or a function that is about to be made anew. */
export interface Right {
  readonly object: string;
  readonly privilege: string;
  readonly grantee: string;
}

/** Rights on the series' relations and on functions, of everyone but the owner. Column rights are not looked for: series have none. */
export async function aclOf(client: Client): Promise<Right[]> {
  const { rows } = await client.query<Right>(
    `SELECT format('%I', c.relname) AS object, a.privilege_type AS privilege, quote_ident(a.grantee::regrole::text) AS grantee
     FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
     WHERE c.relnamespace = 'public'::regnamespace AND a.grantee NOT IN (0, c.relowner)
       AND c.relname IN ('market_data', 'order_book', 'technical_indicators', 'market_hourly_rollup', 'market_daily_rollup', 'market_data_hourly', 'market_intraday_daily', 'market_data_daily')
     UNION ALL
     SELECT 'FUNCTION ' || p.oid::regprocedure, a.privilege_type, quote_ident(a.grantee::regrole::text)
     FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
     WHERE p.pronamespace = 'public'::regnamespace AND a.grantee NOT IN (0, p.proowner)
       AND p.proname IN ('series_engine', 'market_rollups_due', 'refresh_market_rollups', 'prepare_series_days')`,
  );
  return rows;
}

export async function regrant(client: Client, rights: readonly Right[]): Promise<void> {
  for (const { object, privilege, grantee } of rights) await client.query(`GRANT ${privilege} ON ${object} TO ${grantee}`);
}
