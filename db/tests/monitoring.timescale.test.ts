import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTimescaleDatabase, type TimescaleDatabase } from './timescale-server.fixture.ts';

let database: TimescaleDatabase;
beforeAll(async () => {
  database = await createTimescaleDatabase();
  await withClient(database.ownerUrl, async (client) => {
    await client.query(
      `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
       SELECT gen_random_uuid(), date_trunc('day', now()) - make_interval(mins => m), 1, 1, 1, 1, 1 FROM generate_series(1, 20 * 1440, 7) m`,
    );
    await client.query(
      `CALL refresh_continuous_aggregate('market_hourly_rollup', date_trunc('day', now()) - INTERVAL '10 days', date_trunc('day', now()))`,
    );
  });
});
afterAll(() => database.drop());

const asOwner = <Row extends object>(sql: string): Promise<Row[]> =>
  withClient(database.ownerUrl, async (client) => (await client.query<Row>(sql)).rows);
const sizesOf = async (table: string) => {
  const rows = await database.as(
    { role: 'admin_role', userId: null },
    async (client) =>
      (
        await client.query<{ bytes: number; compressed: number; partitions: number; inserts: number }>(
          `SELECT bytes::float8, compressed_bytes::float8 AS compressed, partitions, inserts::float8 FROM monitoring_table_sizes WHERE tablename = $1`,
          [table],
        )
      ).rows,
  );
  expect(rows).toHaveLength(1);
  return rows[0] ?? { bytes: 0, compressed: 0, partitions: 0, inserts: 0 };
};

describe('monitoring_table_sizes on hypertables', () => {
  test('counts chunks, and what is compressed, with their table', async () => {
    const before = await sizesOf('market_data');
    expect(before).toMatchObject({ compressed: 0, partitions: 20 });
    await asOwner(`SELECT compress_chunk(c) FROM show_chunks('market_data', older_than => now() - INTERVAL '10 days') c`);
    const after = await sizesOf('market_data');
    const [stated] = await asOwner<{ total: number; compressed: number }>(
      `SELECT hypertable_size('market_data')::float8 AS total, after_compression_total_bytes::float8 AS compressed FROM hypertable_compression_stats('market_data')`,
    );
    expect(after).toMatchObject({ bytes: stated?.total, compressed: stated?.compressed, partitions: 20 });
    expect(after.compressed).toBeGreaterThan(0);
    expect(after.inserts).toBeGreaterThanOrEqual(before.inserts);
  });

  test("shows a continuous aggregate's data under the aggregate's name, and nothing of the extension's own", async () => {
    const hourly = await sizesOf('market_hourly_rollup');
    expect(hourly.partitions).toBeGreaterThan(0);
    expect(hourly.bytes).toBeGreaterThan(100_000);
    const names = await database.as(
      { role: 'admin_role', userId: null },
      async (client) => (await client.query<{ schemaname: string }>('SELECT DISTINCT schemaname FROM monitoring_table_sizes')).rows,
    );
    expect(names).toEqual([{ schemaname: 'public' }]);
  });
});
