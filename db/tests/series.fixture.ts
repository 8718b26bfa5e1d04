export type Query = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
export type Bar = readonly [at: string, open: number, high: number, low: number, close: number, volume: number];

/** Bars of one instrument and what the rollups say of them, through one session; the same on both series engines. */
export function seriesOf(query: Query, instrumentId: string) {
  return {
    insertBars: (bars: readonly Bar[]) =>
      query(
        `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
     SELECT $1, b.at, b.o, b.h, b.l, b.c, b.v FROM jsonb_to_recordset($2::jsonb) AS b (at timestamptz, o numeric, h numeric, l numeric, c numeric, v numeric)
     ON CONFLICT (instrument_id, "timestamp") DO UPDATE SET open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume`,
        [instrumentId, JSON.stringify(bars.map(([at, o, h, l, c, v]) => ({ at, o, h, l, c, v })))],
      ),
    hourly: () =>
      query(
        `SELECT to_char(bucket AT TIME ZONE 'UTC', 'DD HH24') AS hour, open::float, high::float, low::float, close::float, volume::float, avg_price::float AS avg, data_points::int AS n
     FROM market_data_hourly WHERE instrument_id = $1 ORDER BY bucket`,
        [instrumentId],
      ),
    daily: () =>
      query(
        `SELECT session_date::text AS day, bucket = session_date::timestamp AT TIME ZONE 'UTC' AS "isMidnight", open::float, high::float, low::float, close::float, volume::float, round(daily_return_pct, 4)::float AS pct
     FROM market_data_daily WHERE instrument_id = $1 ORDER BY bucket`,
        [instrumentId],
      ),
  };
}

/** Two bars of one hour, and what every rollup of them is, by hand. */
export const nine: readonly Bar[] = [
  ['2026-03-02T09:10:00Z', 10, 12, 9, 11, 100],
  ['2026-03-02T09:50:00Z', 11, 15, 11, 14, 50],
];
export const nineRolled = { hour: '02 09', open: 10, high: 15, low: 9, close: 14, volume: 150, avg: 12.5, n: 2 };
export const dayRolled = { day: '2026-03-02', isMidnight: true, open: 10, high: 15, low: 9, close: 14, volume: 150, pct: 40 };
