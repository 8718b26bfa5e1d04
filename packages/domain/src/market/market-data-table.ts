import { fromEpochDay } from '@trii/kernel';
import { copyField } from './copy-text.ts';
import type { ChangedFrom } from './ports.ts';
import { NO_CHANGE } from './series-table.ts';
import type { Change, SeriesTable } from './series-table.ts';

const MINUTES_PER_DAY = 1440;
const TIMES = Array.from({ length: MINUTES_PER_DAY }, (_, minute) => {
  const two = (value: number): string => String(value).padStart(2, '0');
  return ` ${two(Math.floor(minute / 60))}:${two(minute % 60)}+00`;
});

/** The start of the bar as PostgreSQL reads a timestamptz. */
function startOf(period: number): string {
  const day = Math.floor(period / MINUTES_PER_DAY);
  return fromEpochDay(day) + (TIMES[period - day * MINUTES_PER_DAY] ?? '');
}

const COLUMNS = 'instrument_id, "timestamp", open, high, low, close, volume';

/** Intraday bars by their start. A corrected bar loses vwap and trade_count: they were those of the bar it replaces. */
export const marketDataTable: SeriesTable = {
  copyStatement: `COPY market_data (${COLUMNS}) FROM STDIN`,
  stageStatement: `COPY staged_bars (${COLUMNS}) FROM STDIN`,
  stageRepeatsStatement: `COPY staged_bars (${COLUMNS}, position) FROM STDIN`,

  copyText(bar) {
    const { instrumentId, close } = bar;
    const [open, high, low, volume] = [copyField(bar.open), copyField(bar.high), copyField(bar.low), copyField(bar.volume)];
    return `${instrumentId}\t${startOf(bar.period)}\t${open}\t${high}\t${low}\t${close}\t${volume}`;
  },

  async makeStage({ sql }) {
    await sql`CREATE TEMPORARY TABLE staged_bars (instrument_id uuid NOT NULL, "timestamp" timestamptz NOT NULL, open numeric(20,8) NOT NULL,
        high numeric(20,8) NOT NULL, low numeric(20,8) NOT NULL, close numeric(20,8) NOT NULL, volume numeric(20,8) NOT NULL, position integer) ON COMMIT DROP;
      CREATE TEMPORARY TABLE changed_bars (LIKE staged_bars, is_new boolean NOT NULL) ON COMMIT DROP`;
  },

  async isTouched({ sql }, ranges) {
    const stored = await sql`
      SELECT FROM unnest(${ranges.map((r) => r.instrumentId)}::uuid[], ${ranges.map((r) => startOf(r.first))}::timestamptz[],
        ${ranges.map((r) => startOf(r.last))}::timestamptz[]) AS r (instrument_id, first, last)
      CROSS JOIN LATERAL (SELECT FROM market_data d WHERE d.instrument_id = r.instrument_id AND d."timestamp" BETWEEN r.first AND r.last LIMIT 1) AS stored
      LIMIT 1`;
    return stored.length > 0;
  },

  async findChanges({ sql }, which) {
    const [change] = await sql<Change>`
      WITH changed AS (
        INSERT INTO changed_bars
        SELECT s.*, d.close IS NULL
        FROM staged_bars s
        LEFT JOIN LATERAL (SELECT * FROM market_data b WHERE b.instrument_id = s.instrument_id AND b."timestamp" = s."timestamp" LIMIT 1) AS d ON true
        WHERE (s.position IS NULL) = ${which === 'bars'}
          AND (s.open, s.high, s.low, s.close, s.volume) IS DISTINCT FROM (d.open, d.high, d.low, d.close, d.volume)
        RETURNING is_new)
      SELECT count(*) FILTER (WHERE is_new)::int AS inserted, count(*) FILTER (WHERE NOT is_new)::int AS corrected FROM changed`;
    return change ?? NO_CHANGE;
  },

  // The UTC day before: an exchange west of Greenwich may still be in the session that began then.
  async changedFrom({ sql }) {
    return sql<ChangedFrom>`
      SELECT instrument_id AS "instrumentId", (min("timestamp") AT TIME ZONE 'UTC')::date - 1 AS date
      FROM changed_bars WHERE position IS NULL GROUP BY 1 ORDER BY 1`;
  },

  dayOf(period) {
    return fromEpochDay(Math.floor(period / MINUTES_PER_DAY) - 1);
  },

  async writeChanges({ sql }) {
    await sql`
      INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
      SELECT instrument_id, "timestamp", open, high, low, close, volume FROM changed_bars WHERE position IS NULL
      ON CONFLICT (instrument_id, "timestamp") DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, vwap = NULL, trade_count = NULL`;
  },

  async makeMemory({ sql }) {
    await sql`CREATE TEMPORARY TABLE remembered_bars (LIKE staged_bars, PRIMARY KEY (instrument_id, "timestamp")) ON COMMIT DROP`;
  },

  async remember({ sql }) {
    await sql`INSERT INTO remembered_bars SELECT * FROM staged_bars WHERE position IS NULL`;
  },

  async findConflictsInMemory({ sql }) {
    await sql`
      INSERT INTO changed_bars
      SELECT s.*, false
      FROM staged_bars s
      JOIN LATERAL (SELECT * FROM remembered_bars r WHERE r.instrument_id = s.instrument_id AND r."timestamp" = s."timestamp" LIMIT 1) AS d ON true
      WHERE s.position IS NOT NULL AND (s.open, s.high, s.low, s.close, s.volume) IS DISTINCT FROM (d.open, d.high, d.low, d.close, d.volume)`;
  },
};
