import { platform } from '@trii/contract';
import { handler } from './handler.ts';

/** No chunk of ours takes as long: its statements end after 15 minutes. */
const STALE_MINUTES = 15;
const RUNS_MAX = 500;

interface Row {
  readonly job_name: string;
  readonly shard: string;
  readonly run_key: string;
  readonly chunks: number;
  readonly rows: number;
  readonly started_at: string;
  readonly updated_at: string;
  readonly is_stale: boolean;
}

/** What says `running`: at work, or killed. */
export const runningBatchesHandler = handler(platform.runningBatches, async ({ sql }) => {
  const rows = await sql<Row>`
    SELECT job_name, shard, run_key, chunks, rows::int AS rows, to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS started_at,
      to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at, updated_at < now() - make_interval(mins => ${STALE_MINUTES}) AS is_stale
    FROM batch_progress WHERE status = 'running' ORDER BY batch_progress.updated_at LIMIT ${RUNS_MAX}`;
  const items = rows.map((row) => ({
    job: row.job_name,
    shard: row.shard,
    runKey: row.run_key,
    chunks: row.chunks,
    rows: row.rows,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    isStale: row.is_stale,
  }));
  return { items };
});
