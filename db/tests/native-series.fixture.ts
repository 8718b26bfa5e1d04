import { createTestDatabase, withClient } from '@trii/testkit';
import type { SeriesServer } from './series-contract.fixture.ts';

/** A database of the embedded server, which has no TimescaleDB. */
export async function openNativeSeries(): Promise<SeriesServer & { close(): Promise<void> }> {
  const database = await createTestDatabase();
  const asWorker = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    database.as({ role: 'worker_role', userId: null }, async (client) => (await client.query<Row>(sql, [...values])).rows);
  const refresh = async (): Promise<void> => {
    for (let left = 100; left > 0; left -= 1)
      if ((await asWorker<{ n: number }>('SELECT refresh_market_rollups() AS n'))[0]?.n === 0) return;
    throw new Error('the refresh does not end');
  };
  return {
    engine: 'native',
    sessions: database,
    asWorker,
    asOwner: <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows),
    refresh,
    refreshSome: async () => void (await asWorker('SELECT refresh_market_rollups(1)')),
    settleOldParts: async () => void (await asWorker('SELECT maintain_partitions()')),
    close: () => database.close(),
  };
}
