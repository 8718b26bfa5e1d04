import type { ServerUrls } from '@trii/stack';
import { Client } from 'pg';

/** Days of a candle chart, with the 390 minutes of a session each. */
const DAYS = 30;

export interface SeriesBars extends AsyncDisposable {
  readonly symbols: readonly string[];
  /** Midnight in UTC at which the first day begins and the last one ends. */
  readonly from: string;
  readonly to: string;
  /** Brings the rollups up to date, as the worker's job does; the second time there is nothing to do. */
  refresh(): Promise<void>;
}

const PREFIX = 'SERIES';
const REFRESHES_MAX = 1_000;

/** Minutes of that many instruments on each of the last 30 days, of which no rollup is refreshed yet. Empties the table of bars at the end. */
export async function makeSeriesBars(servers: ServerUrls, instruments: number): Promise<SeriesBars> {
  const owner = new Client({ connectionString: servers.DATABASE_OWNER_URL, application_name: 'trii-bench' });
  await owner.connect();
  await empty(owner);
  await owner.query(
    `INSERT INTO instruments (id, symbol, name, type, exchange_code, currency_code)
     SELECT gen_random_uuid(), $1 || lpad(n::text, 4, '0'), 'bench', 'STOCK', '24/7', 'USD' FROM generate_series(1, $2::int) n
     ON CONFLICT (symbol) DO NOTHING`,
    [PREFIX, instruments],
  );
  const { rows } = await owner.query<{ day: string }>(
    `SELECT ((now() AT TIME ZONE 'UTC')::date - n)::text AS day FROM generate_series($1::int, 1, -1) n`,
    [DAYS],
  );
  const days = rows.map(({ day }) => day);
  await owner.query(`SELECT prepare_series_days('market_data', $1)`, [days]);
  // A day to a statement, as a feed or an import would bring them.
  for (const day of days) await owner.query(FILL, [PREFIX, instruments, day]);
  await owner.query('ANALYZE market_data');
  const { rows: listed } = await owner.query<{ symbol: string }>(
    `SELECT symbol FROM instruments WHERE symbol LIKE $1 || '%' ORDER BY 1 LIMIT $2`,
    [PREFIX, instruments],
  );
  const { rows: bounds } = await owner.query<{ to: string }>(`SELECT ($1::date + 1)::text AS to`, [days.at(-1)]);
  return {
    symbols: listed.map(({ symbol }) => symbol),
    from: `${days[0] ?? ''}T00:00:00Z`,
    to: `${bounds[0]?.to ?? ''}T00:00:00Z`,
    refresh: () => refresh(owner),
    async [Symbol.asyncDispose]() {
      await empty(owner);
      await owner.end();
    },
  };
}

const FILL = `
  INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
  SELECT i.id, $3::date::timestamp AT TIME ZONE 'UTC' + INTERVAL '14 hours 30 minutes' + m * INTERVAL '1 minute',
         100 + m % 7, 110 + m % 5, 95 - m % 3, 101 + m % 11, 1000 + m
  FROM instruments i CROSS JOIN generate_series(0, 389) m
  WHERE i.symbol IN (SELECT symbol FROM instruments WHERE symbol LIKE $1 || '%' ORDER BY 1 LIMIT $2)`;

async function refresh(owner: Client): Promise<void> {
  const { rows } = await owner.query<{ engine: string }>('SELECT series_engine() AS engine');
  if (rows[0]?.engine === 'timescale') {
    await owner.query('CALL refresh_marked_rollups()');
  } else {
    for (let left = REFRESHES_MAX; left > 0; left -= 1) {
      const taken = await owner.query<{ n: number }>('SELECT refresh_market_rollups(10000) AS n');
      if (taken.rows[0]?.n === 0) break;
    }
  }
  await owner.query('ANALYZE market_hourly_rollup, market_daily_rollup, market_hourly_marks, market_daily_marks').catch(async () => {
    // A continuous aggregate cannot be analysed by its name.
    await owner.query('ANALYZE market_hourly_marks, market_daily_marks');
  });
}

async function empty(owner: Client): Promise<void> {
  await owner.query('TRUNCATE market_data, market_hourly_marks, market_daily_marks');
  const { rows } = await owner.query<{ engine: string }>('SELECT series_engine() AS engine');
  if (rows[0]?.engine === 'native') await owner.query('TRUNCATE market_hourly_rollup, market_daily_rollup');
}
