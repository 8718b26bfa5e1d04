import { afterAll, beforeAll, expect, test } from 'vitest';
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

describeSeriesContract(() => server);
