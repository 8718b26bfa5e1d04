import { monitoring } from '@trii/contract';
import { handler } from '../platform/index.ts';

interface Row {
  readonly schemaname: string;
  readonly tablename: string;
  readonly bytes: string;
  readonly compressed_bytes: string;
  readonly partitions: number;
  readonly inserts: string;
  readonly updates: string;
  readonly deletes: string;
  readonly total: number;
}

export const tableSizesHandler = handler(monitoring.tableSizes, async ({ sql }, { limit }) => {
  const rows = await sql<Row>`
    SELECT schemaname, tablename, bytes, compressed_bytes, partitions, inserts, updates, deletes, count(*) OVER ()::int AS total
    FROM monitoring_table_sizes ORDER BY bytes DESC, schemaname, tablename LIMIT ${limit}`;
  return { items: rows.map(viewOf), total: rows[0]?.total ?? 0 };
});

// Counters of bytes and rows stay far below 2^53.
const viewOf = (row: Row) => ({
  schema: row.schemaname,
  table: row.tablename,
  bytes: Number(row.bytes),
  compressedBytes: Number(row.compressed_bytes),
  partitions: row.partitions,
  inserts: Number(row.inserts),
  updates: Number(row.updates),
  deletes: Number(row.deletes),
});
