import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { invariant } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { openBareDatabase } from '../bare-database.ts';

/** A table of prices as its owner empties it, also at the end, and as the worker's login fills it by plain COPY. */
export interface BarTable extends AsyncDisposable {
  /** Intraday bars of the past would fall into the DEFAULT partition; gives each day its own. */
  makeDays(days: { readonly from: string; readonly to: string }): Promise<void>;
  empty(): Promise<void>;
  /** One COPY of the file, one transaction. */
  copy(path: string): Promise<void>;
  assertRows(expected: number): Promise<void>;
}

const COPY = {
  daily_bars: 'COPY daily_bars (instrument_id, session_date, open, high, low, close, volume, source) FROM STDIN',
  market_data: 'COPY market_data (instrument_id, "timestamp", open, high, low, close, volume) FROM STDIN',
} as const;

/** With the marks of rollups to come, which each COPY into market_data leaves too. */
const EMPTY = {
  daily_bars: 'TRUNCATE daily_bars',
  market_data: 'TRUNCATE market_data, market_hourly_marks, market_daily_marks',
} as const;

export async function openBarTable(servers: ServerUrls, table: keyof typeof COPY): Promise<BarTable> {
  const owner = new Client({ connectionString: servers.DATABASE_OWNER_URL, application_name: 'trii-bench' });
  await owner.connect();
  const worker = openBareDatabase(servers.DATABASE_WORKER_URL, 1);
  const empty = async (): Promise<void> => void (await owner.query(EMPTY[table]));
  return {
    async makeDays({ from, to }) {
      await owner.query("SELECT create_partitions(table_name, unit, $1, $2) FROM partitioned_tables('day') WHERE table_name = $3", [
        from,
        to,
        table,
      ]);
    },
    empty,
    copy: (path) =>
      worker.transaction({ role: 'worker_role', userId: null }, 'write', (client) =>
        pipeline(createReadStream(path), client.query(copyFrom(COPY[table]))),
      ),
    async assertRows(expected) {
      const { rows } = await owner.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
      invariant(rows[0]?.count === expected, `${table} holds ${expected} rows after a sample, not ${rows[0]?.count}`);
    },
    async [Symbol.asyncDispose]() {
      await empty();
      await owner.end();
      await worker.end();
    },
  };
}
