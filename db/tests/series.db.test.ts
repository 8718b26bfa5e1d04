import { createInstrument } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNativeSeries } from './native-series.fixture.ts';
import { describeSeriesContract } from './series-contract.fixture.ts';
import { followRandomHistories } from './series-history.fixture.ts';

let server: Awaited<ReturnType<typeof openNativeSeries>>;
beforeAll(async () => {
  server = await openNativeSeries();
});
afterAll(() => server.close());

test('this database runs the native engine', async () => {
  expect(await server.asWorker('SELECT series_engine() AS engine')).toEqual([{ engine: 'native' }]);
});

test('rollups are the aggregation of raw bars after every step of random histories', async () => {
  expect(await followRandomHistories(server, { seed: 20_261_123, histories: 12 })).toBeGreaterThan(36);
}, 60_000);

describe('right after an import of many days', () => {
  interface Plan {
    readonly 'Node Type': string;
    readonly 'Actual Loops': number;
    readonly Plans?: readonly Plan[];
  }
  const aggregations = (plan: Plan): number =>
    (plan['Node Type'] === 'Function Scan' ? plan['Actual Loops'] : 0) +
    (plan.Plans ?? []).reduce((sum, below) => sum + aggregations(below), 0);

  test.each([
    ['market_intraday_daily', 1],
    ['market_data_hourly', 1],
  ])("an instrument's newest bucket of %s aggregates one bucket, not each that is marked", async (view, expected) => {
    const { id } = await createInstrument(server.sessions);
    await server.asWorker(
      `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume)
       SELECT $1, at, 1, 1, 1, 1, 1 FROM generate_series('2026-05-01T14:00Z'::timestamptz, '2026-06-10T20:00Z', '30 minutes') AS at`,
      [id],
    );
    const [row] = await server.asWorker<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM ${view} WHERE instrument_id = '${id}' AND bucket <= '2026-12-31' ORDER BY bucket DESC LIMIT 1`,
    );
    expect(row === undefined ? -1 : aggregations(row['QUERY PLAN'][0].Plan)).toBe(expected);
    await server.refresh();
  });
});

describeSeriesContract(() => server);
