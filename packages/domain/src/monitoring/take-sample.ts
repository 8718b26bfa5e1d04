import { monitoring, type OutputOf } from '@trii/contract';
import { handler, type Sql } from '../platform/index.ts';

/** One sample of each day is kept this long, every sample of the last week. */
const KEPT_DAYS = 400;
const KEPT_WHOLE_DAYS = 7;
/** Whoever asks more often gets the last one. */
const SECONDS_BETWEEN = 60;

type Sample = OutputOf<typeof monitoring.sample>;

/** Two at once: the second waits for the first and answers with its sample. */
async function takeSample(sql: Sql, at: Date): Promise<Sample> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('monitoring.sample'))`;
  await sql`
    INSERT INTO monitoring_samples (sampled_at, schemaname, tablename, bytes, compressed_bytes, partitions, inserts, updates, deletes)
    SELECT ${at}::timestamptz, schemaname, tablename, bytes, compressed_bytes, partitions, inserts, updates, deletes FROM monitoring_table_sizes
    WHERE NOT EXISTS (SELECT FROM monitoring_samples WHERE sampled_at > ${at}::timestamptz - make_interval(secs => ${SECONDS_BETWEEN}))`;
  await sql`
    DELETE FROM monitoring_samples s
    WHERE s.sampled_at < ${at}::timestamptz - make_interval(days => ${KEPT_DAYS})
      OR (s.sampled_at < ${at}::timestamptz - make_interval(days => ${KEPT_WHOLE_DAYS})
        AND s.sampled_at NOT IN (SELECT min(sampled_at) FROM monitoring_samples GROUP BY (sampled_at AT TIME ZONE 'UTC')::date))`;
  const [row] = await sql<{ sampled_at: string; tables: number; bytes: string }>`
    SELECT to_char(sampled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS sampled_at, count(*)::int AS tables, sum(bytes)::bigint AS bytes
    FROM monitoring_samples GROUP BY monitoring_samples.sampled_at ORDER BY monitoring_samples.sampled_at DESC LIMIT 1`;
  return { sampledAt: row?.sampled_at ?? at.toISOString(), tables: row?.tables ?? 0, bytes: Number(row?.bytes ?? 0) };
}

export const sampleHandler = handler(monitoring.sample, async ({ sql, clock, note }) => {
  const sample = await takeSample(sql, clock.now());
  note({ newValues: sample });
  return sample;
});

/** A read that tells whether the day's sample is worth its audit row: days are counted from the data, so a missed tick does not matter. */
export const sampleDueHandler = handler(monitoring.sampleDue, async ({ sql, clock }) => {
  const [row] = await sql<{ due: boolean }>`
    SELECT COALESCE((max(sampled_at) AT TIME ZONE 'UTC')::date < (${clock.now()}::timestamptz AT TIME ZONE 'UTC')::date, true) AS due FROM monitoring_samples`;
  return { due: row?.due ?? true };
});

export const sampleDailyHandler = handler(monitoring.sampleDaily, async ({ sql, clock, note }) => {
  const sample = await takeSample(sql, clock.now());
  note({ newValues: sample });
  return sample;
});
