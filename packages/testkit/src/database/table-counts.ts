import { Client } from 'pg';
import type { TestDatabase } from './test-database.ts';

/** Rows and newest writing transaction by table: two equal ones say that nothing was inserted, changed or removed in between. */
export type TableCounts = Readonly<Record<string, string>>;

export interface TableCounter {
  readonly counts: () => Promise<TableCounts>;
  readonly close: () => Promise<void>;
}

const TABLES = `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`;

/** A denial is audited whatever the input, and waits to be sealed. */
const conditions: Readonly<Record<string, string>> = {
  'public.audit_logs': " WHERE outcome <> 'denied'",
  'public.audit_pending':
    " p WHERE NOT EXISTS (SELECT FROM audit_logs a WHERE a.id = p.id AND a.created_at = p.created_at AND a.outcome = 'denied')",
};

/** That a session or a key was used is noted before its call is read; of such rows everything else counts. */
const noted: Readonly<Record<string, string>> = { 'public.user_sessions': 'last_activity_at', 'public.api_keys': 'last_used_at' };

/** Counts every table there is, past every policy, so that a table made tomorrow is counted tomorrow. */
export async function tableCounter(database: TestDatabase): Promise<TableCounter> {
  const client = new Client({ connectionString: database.urls.admin });
  await client.connect();
  // Planned once: over hundreds of partitions that takes longer than counting.
  await client.query('SET plan_cache_mode = force_generic_plan; SET jit = off');
  const { rows } = await client.query<{ name: string }>(TABLES);
  const digestOf = (name: string): string =>
    noted[name] === undefined
      ? 'coalesce(max(xmin::text::bigint), 0)'
      : `md5(coalesce(string_agg((to_jsonb(t) - '${noted[name]}')::text, ',' ORDER BY t.id), ''))`;
  const stateOf = (name: string): string =>
    `SELECT '${name}' AS name, count(*) || '@' || ${digestOf(name)} AS state FROM ${name}${conditions[name] ?? ' t'}`;
  const text = rows.map(({ name }) => stateOf(name)).join(' UNION ALL ');
  return {
    counts: async () => {
      const counted = await client.query<{ name: string; state: string }>({ name: 'table_counts', text });
      return Object.fromEntries(counted.rows.map(({ name, state }) => [name, state]));
    },
    close: () => client.end(),
  };
}

/** The tables that were written to between two counts. */
export const changedTables = (before: TableCounts, after: TableCounts): string[] =>
  Object.keys(after).filter((table) => after[table] !== before[table]);
