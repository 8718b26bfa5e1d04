import { monitoring } from '@trii/contract';
import { handler, type Sql } from '../platform/index.ts';

const DEFAULT_SPAN_DAYS = 7;

interface Row {
  readonly schemaname: string;
  readonly tablename: string;
  readonly from_at: string;
  readonly to_at: string;
  readonly bytes_before: string;
  readonly bytes_after: string;
  readonly bytes_grown: string;
  readonly inserts: string | null;
  readonly updates: string | null;
  readonly deletes: string | null;
  readonly total: number;
}

export const growthHandler = handler(monitoring.growth, async ({ sql, clock }, { from, to, limit }) => {
  const rows = await sql<Row>`
    SELECT schemaname, tablename, to_char(from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS from_at,
      to_char(to_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS to_at, bytes_before, bytes_after, bytes_grown, inserts, updates, deletes,
      count(*) OVER ()::int AS total
    FROM table_growth(COALESCE(${from ?? null}::timestamptz, ${clock.now()}::timestamptz - make_interval(days => ${DEFAULT_SPAN_DAYS})), ${to ?? null}::timestamptz)
    ORDER BY bytes_grown DESC, bytes_after DESC, schemaname, tablename LIMIT ${limit}`;
  const [first] = rows;
  if (first === undefined) return { from: null, to: null, items: [], total: 0 };
  const history = await readHistory(sql, { from: first.from_at, to: first.to_at });
  return {
    from: first.from_at,
    to: first.to_at,
    items: rows.map((row) => viewOf(row, history.get(keyOf(row)) ?? [])),
    total: first.total,
  };
});

const keyOf = ({ schemaname, tablename }: { readonly schemaname: string; readonly tablename: string }): string =>
  JSON.stringify([schemaname, tablename]);
const count = (text: string | null): number | null => (text === null ? null : Number(text));

/** Sizes at evenly spaced samples of the span: every nth, so that a year fits on a line. */
async function readHistory(
  sql: Sql,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await sql<{ schemaname: string; tablename: string; sizes: string[] }>`
    WITH instants AS (
      SELECT sampled_at, row_number() OVER (ORDER BY sampled_at) - 1 AS position, count(*) OVER () AS instants
      FROM (SELECT DISTINCT sampled_at FROM monitoring_samples
            WHERE date_trunc('milliseconds', sampled_at) BETWEEN ${from}::timestamptz AND ${to}::timestamptz) d)
    SELECT m.schemaname, m.tablename, array_agg(m.bytes::text ORDER BY m.sampled_at) AS sizes
    FROM monitoring_samples m JOIN instants i ON i.sampled_at = m.sampled_at
    WHERE i.position % GREATEST(1, ceil(i.instants / ${monitoring.GROWTH_POINTS_MAX}::numeric)::int) = 0
    GROUP BY m.schemaname, m.tablename`;
  return new Map(rows.map((row) => [keyOf(row), row.sizes.map(Number)]));
}

const viewOf = (row: Row, history: readonly number[]) => ({
  schema: row.schemaname,
  table: row.tablename,
  bytesBefore: Number(row.bytes_before),
  bytesAfter: Number(row.bytes_after),
  bytesGrown: Number(row.bytes_grown),
  inserts: count(row.inserts),
  updates: count(row.updates),
  deletes: count(row.deletes),
  history: [...history, Number(row.bytes_after)],
});
