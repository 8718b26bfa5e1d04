import { monitoring } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { monitoringRights } from './monitoring-rights.ts';

const QUERY_LENGTH_MAX = 2_000;

interface Row {
  readonly query: string;
  readonly usename: string | null;
  readonly mean_exec_time: number;
  readonly calls: string;
  readonly total_exec_time: number;
  readonly rows: string;
  readonly hit_percent: number | null;
  readonly total: number;
}

/** From the function behind the view, which shows the hundred slowest by their mean alone. */
export const slowQueriesHandler = handler(monitoring.slowQueries, async ({ sql }, { orderBy, limit }) => {
  const { statements: visibility } = await monitoringRights(sql);
  const rows = await sql<Row>`
    SELECT left(query, ${QUERY_LENGTH_MAX}) AS query, usename, mean_exec_time, calls, total_exec_time, rows, hit_percent, count(*) OVER ()::int AS total
    FROM slow_queries()
    ORDER BY CASE ${orderBy}::text WHEN 'mean' THEN mean_exec_time ELSE total_exec_time END DESC, query LIMIT ${limit}`;
  return { visibility, items: rows.map(viewOf), total: rows[0]?.total ?? 0 };
});

const viewOf = (row: Row) => ({
  query: row.query,
  role: row.usename,
  calls: Number(row.calls),
  meanMs: row.mean_exec_time,
  totalMs: row.total_exec_time,
  rows: Number(row.rows),
  hitPercent: row.hit_percent,
});
