import { seededRandom, systemClock } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, soakMs, throwSnapshotsAway, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestSnapshots, sessionsOf, writeHistory, type History } from './history.fixture.ts';
import { killAllWorkers, survivesKills } from './killed-workers.fixture.ts';

/** A job whose workers died more often is left to an operator: nobody knows whether it killed them. */
const KILLS_MAX = 5;

let database: TestDatabase;
let platform: TestPlatform;
let history: History;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  history = await writeHistory(database, platform, { sessions: sessionsOf('2009-01-02', '2018-05-25'), investors: 5 });
});
afterAll(async () => {
  killAllWorkers();
  await platform.close();
  await database.close();
});

test('workers killed at any time, again and again, leave no snapshot out and none twice', async ({ annotate }) => {
  const seed = Math.floor(systemClock.now().getTime() / 1000);
  const random = seededRandom(seed);
  const all = history.sessions.length * history.portfolios.length;
  const end = performance.now() + soakMs();
  let kills = 0;
  do {
    await throwSnapshotsAway(platform);
    await requestSnapshots(platform);
    // Below 80 %: what a worker writes between two looks must not reach the end.
    const killAt = Array.from({ length: random.integer(1, KILLS_MAX) }, () => random.integer(1, Math.floor(all * 0.8))).toSorted(
      (a, b) => a - b,
    );
    await survivesKills({ database, platform, history, withinMs: 90_000 }, killAt);
    kills += killAt.length;
  } while (performance.now() < end);
  expect(kills).toBeGreaterThan(0);
  await annotate(`${kills} kills, seed ${seed}`);
});
