import { sessionOf } from './bar.ts';
import type { ChangedFrom } from './ports.ts';
import { copyField } from './copy-text.ts';
import { NO_CHANGE } from './series-table.ts';
import type { Change, SeriesTable } from './series-table.ts';

const COLUMNS = 'instrument_id, session_date, open, high, low, close, volume, source';

/**
 * Bars by session. A value that the file does not have is not known, and never replaces one that is: a close-only bar with the
 * stored close changes nothing. With another close the whole bar is replaced, since the rest belongs to the old close.
 */
export const dailyBarsTable: SeriesTable = {
  copyStatement: `COPY daily_bars (${COLUMNS}) FROM STDIN`,
  stageStatement: `COPY staged_bars (${COLUMNS}) FROM STDIN`,
  stageRepeatsStatement: `COPY staged_bars (${COLUMNS}, position) FROM STDIN`,

  copyText(bar, source) {
    const { instrumentId, close } = bar;
    const [open, high, low, volume] = [copyField(bar.open), copyField(bar.high), copyField(bar.low), copyField(bar.volume)];
    return `${instrumentId}\t${sessionOf(bar)}\t${open}\t${high}\t${low}\t${close}\t${volume}\t${source}`;
  },

  async makeStage({ sql }) {
    await sql`CREATE TEMPORARY TABLE staged_bars (instrument_id uuid NOT NULL, session_date date NOT NULL, open numeric(20,8), high numeric(20,8),
        low numeric(20,8), close numeric(20,8) NOT NULL, volume numeric(20,8), source text NOT NULL, position integer) ON COMMIT DROP;
      CREATE TEMPORARY TABLE changed_bars (LIKE staged_bars, is_new boolean NOT NULL) ON COMMIT DROP`;
  },

  async isTouched({ sql }, ranges) {
    const stored = await sql`
      SELECT FROM unnest(${ranges.map((r) => r.instrumentId)}::uuid[], ${ranges.map((r) => sessionOf({ period: r.first }))}::date[],
        ${ranges.map((r) => sessionOf({ period: r.last }))}::date[]) AS r (instrument_id, first, last)
      CROSS JOIN LATERAL (SELECT FROM daily_bars d WHERE d.instrument_id = r.instrument_id AND d.session_date BETWEEN r.first AND r.last LIMIT 1) AS stored
      LIMIT 1`;
    return stored.length > 0;
  },

  async findChanges({ sql }, which) {
    const [change] = await sql<Change>`
      WITH changed AS (
        INSERT INTO changed_bars
        SELECT s.instrument_id, s.session_date, m.open, m.high, m.low, s.close, m.volume, s.source, s.position, d.close IS NULL
        FROM staged_bars s
        LEFT JOIN LATERAL (SELECT * FROM daily_bars b WHERE b.instrument_id = s.instrument_id AND b.session_date = s.session_date LIMIT 1) AS d ON true
        CROSS JOIN LATERAL (SELECT CASE WHEN s.close = d.close THEN COALESCE(s.open, d.open) ELSE s.open END AS open,
          CASE WHEN s.close = d.close THEN COALESCE(s.high, d.high) ELSE s.high END AS high,
          CASE WHEN s.close = d.close THEN COALESCE(s.low, d.low) ELSE s.low END AS low,
          CASE WHEN s.close = d.close THEN COALESCE(s.volume, d.volume) ELSE s.volume END AS volume) AS m
        WHERE (s.position IS NULL) = ${which === 'bars'}
          AND (m.open, m.high, m.low, s.close, m.volume) IS DISTINCT FROM (d.open, d.high, d.low, d.close, d.volume)
        RETURNING is_new)
      SELECT count(*) FILTER (WHERE is_new)::int AS inserted, count(*) FILTER (WHERE NOT is_new)::int AS corrected FROM changed`;
    return change ?? NO_CHANGE;
  },

  async changedFrom({ sql }) {
    return sql<ChangedFrom>`
      SELECT instrument_id AS "instrumentId", min(session_date) AS date FROM changed_bars WHERE position IS NULL GROUP BY 1 ORDER BY 1`;
  },

  dayOf(period) {
    return sessionOf({ period });
  },

  async writeChanges({ sql }) {
    await sql`
      INSERT INTO daily_bars (instrument_id, session_date, open, high, low, close, volume, source)
      SELECT instrument_id, session_date, open, high, low, close, volume, source FROM changed_bars WHERE position IS NULL
      ON CONFLICT (instrument_id, session_date) DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
        volume = excluded.volume, source = excluded.source, updated_at = now()`;
  },

  async makeMemory({ sql }) {
    await sql`CREATE TEMPORARY TABLE remembered_bars (LIKE staged_bars, PRIMARY KEY (instrument_id, session_date)) ON COMMIT DROP`;
  },

  async remember({ sql }) {
    await sql`INSERT INTO remembered_bars SELECT * FROM staged_bars WHERE position IS NULL`;
  },

  async findConflictsInMemory({ sql }) {
    await sql`
      INSERT INTO changed_bars
      SELECT s.*, false
      FROM staged_bars s
      JOIN LATERAL (SELECT * FROM remembered_bars r WHERE r.instrument_id = s.instrument_id AND r.session_date = s.session_date LIMIT 1) AS d ON true
      WHERE s.position IS NOT NULL AND (d.close <> s.close OR (COALESCE(s.open, d.open), COALESCE(s.high, d.high), COALESCE(s.low, d.low),
        COALESCE(s.volume, d.volume)) IS DISTINCT FROM (d.open, d.high, d.low, d.volume))`;
  },
};
