import { newId } from '@trii/kernel';
import { createInstrument, createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor } from '../platform/index.ts';
import { refreshRollupsHandler, rollupsDueHandler } from './refresh-rollups.ts';

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const call = () => ({ actor: systemActor('test'), origin: localOrigin(newId()), input: {} });
const due = async () => (await platform.executor.run(rollupsDueHandler, call())).due;

it('rolls up the hours that new bars touched, once, and says when nothing is left', async () => {
  expect(await due()).toBe(false);
  const { id } = await createInstrument(database);
  // Two minutes of one hour, and one of the next.
  await database.as({ role: 'worker_role', userId: null }, (client) =>
    client.query(
      `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES
         ($1, '2026-03-02T15:00:00Z', 10, 12, 9, 11, 100), ($1, '2026-03-02T15:01:00Z', 11, 15, 11, 14, 50), ($1, '2026-03-02T16:00:00Z', 14, 14, 13, 13, 30)`,
      [id],
    ),
  );
  expect(await due()).toBe(true);
  expect(await platform.executor.batch(refreshRollupsHandler, call())).toEqual({ buckets: 3 });
  expect(await due()).toBe(false);
  const rolled = await platform.inspect(
    'SELECT open, high, low, close, volume FROM market_hourly_rollup WHERE instrument_id = $1 ORDER BY bucket',
    [id],
  );
  expect(rolled.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])))).toEqual([
    { open: 10, high: 15, low: 9, close: 14, volume: 150 },
    { open: 14, high: 14, low: 13, close: 13, volume: 30 },
  ]);
  expect(await platform.executor.batch(refreshRollupsHandler, call())).toEqual({ buckets: 0 });
});
