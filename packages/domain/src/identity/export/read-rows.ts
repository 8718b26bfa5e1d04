import { invariant } from '@trii/kernel';
import type { Sql } from '../../platform/index.ts';
import type { ExportedTable } from './exported-tables.ts';

const ROWS_PER_FETCH = 1_000;

/** A number that JSON readers would round. */
export type ExactColumns = ReadonlySet<string>;

const exactKey = (table: string, column: string): string => `${table}.${column}`;

/** Settles how cursors are planned; answers the columns of these tables whose values go out as text, since a reader of JSON would make a float of them. */
export async function prepareReads(sql: Sql, tables: readonly string[]): Promise<ExactColumns> {
  // All rows of each cursor are fetched: plan for the last one, not the first. And the blob store may be slow: the transaction waits for it.
  await sql`SELECT set_config('cursor_tuple_fraction', '1', true), set_config('idle_in_transaction_session_timeout', '300s', true)`;
  const rows = await sql<{ table: string; column: string }>`
    SELECT c.relname AS table, a.attname AS column FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND a.atttypid IN ('numeric'::regtype, 'int8'::regtype)
      AND c.relname = ANY (${tables}::text[])`;
  return new Set(rows.map(({ table, column }) => exactKey(table, column)));
}

interface Line {
  readonly line: string;
}

/**
 * The person's rows of one table as lines of JSON, by a cursor of this transaction: one pass over one snapshot, so many rows in memory. The text is
 * safe: all of it is `exportedTables`, written by hand. Whose rows they are is said twice, by row-level security and by the condition.
 */
export async function* readRows(
  sql: Sql,
  { name, table, exact }: { readonly name: string; readonly table: ExportedTable; readonly exact: ExactColumns },
): AsyncGenerator<readonly string[]> {
  const fetched = table.rowsPerFetch ?? ROWS_PER_FETCH;
  await sql(template(`DECLARE exported NO SCROLL CURSOR FOR ${statementOf(name, table, exact)}`));
  for (;;) {
    const rows = await sql<Line>(template(`FETCH ${fetched} FROM exported`));
    if (rows.length > 0) yield rows.map(({ line }) => line);
    if (rows.length < fetched) break;
  }
  await sql`CLOSE exported`;
}

function statementOf(name: string, table: ExportedTable, exact: ExactColumns): string {
  const plain = table.columns.map((column) => (exact.has(exactKey(name, column)) ? `t.${column}::text AS ${column}` : `t.${column}`));
  const shown = Object.entries(table.shown ?? {}).map(([column, value]) => `${value} AS ${column}`);
  const opened = Object.entries(table.opened ?? {}).map(([column, as]) => `decrypt_pii(t.${column}) AS ${as}`);
  const symbol = table.columns.includes('instrument_id')
    ? ['(SELECT i.symbol FROM instruments i WHERE i.id = t.instrument_id) AS instrument_symbol']
    : [];
  const owner = name === 'users' ? 'id' : 'user_id';
  const values = [...plain, ...symbol, ...opened, ...shown].join(', ');
  const order = table.orderBy
    .split(', ')
    .map((column) => `t.${column}`)
    .join(', ');
  return `SELECT row_to_json(r)::text AS line FROM (SELECT ${values} FROM ${name} t WHERE t.${owner} = (SELECT app_user_id()) ORDER BY ${order}) AS r`;
}

/** A text without a value in it, in the form in which statements are given. */
function template(text: string): TemplateStringsArray {
  invariant(!text.includes('$'), 'a statement of an export takes no values');
  return Object.assign([text], { raw: [text] });
}
