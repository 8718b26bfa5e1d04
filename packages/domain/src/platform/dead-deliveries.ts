import { platform } from '@trii/contract';
import { handler } from './handler.ts';

interface Row {
  readonly event_id: string;
  readonly job_name: string;
  readonly name: string;
  readonly aggregate_id: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly event_at: string;
}

/** Jobs that gave up, by the id of their event: ids are UUID v7 and so grow with time. Two jobs of one event stand on one page. */
export const deadDeliveriesHandler = handler(platform.deadDeliveries, async ({ sql }, { cursor, limit }) => {
  const rows = await sql<Row>`
    WITH page AS (
      SELECT DISTINCT event_id FROM deliveries WHERE status = 'dead' AND (${cursor ?? null}::uuid IS NULL OR event_id > ${cursor ?? null}::uuid)
      ORDER BY event_id LIMIT ${limit + 1})
    SELECT d.event_id, d.job_name, o.name, o.aggregate_id, d.attempts, d.last_error,
           to_char(o.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS event_at
    FROM page JOIN deliveries d ON d.event_id = page.event_id AND d.status = 'dead'
    JOIN outbox o ON o.id = d.event_id AND o.created_at = d.event_created_at
    ORDER BY d.event_id, d.job_name`;
  const ids = [...new Set(rows.map((row) => row.event_id))];
  const shown = ids.slice(0, limit);
  return {
    items: rows.filter((row) => shown.includes(row.event_id)).map(viewOf),
    nextCursor: ids.length > limit ? (shown.at(-1) ?? null) : null,
  };
});

const viewOf = (row: Row) => ({
  eventId: row.event_id,
  jobName: row.job_name,
  eventName: row.name,
  aggregateId: row.aggregate_id,
  attempts: row.attempts,
  reason: row.last_error ?? '',
  eventAt: row.event_at,
});
