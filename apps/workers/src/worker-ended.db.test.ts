import {
  createTestDatabase,
  createTestPlatform,
  recordingLogger,
  throwSnapshotsAway,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countSnapshots, requestSnapshots, sessionsOf, settingsOf, until, writeHistory, type History } from './history.fixture.ts';
import { countUndone, killAllWorkers, survivesKills } from './killed-workers.fixture.ts';
import { startWorkers } from './start-workers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let history: History;
let all: number;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  history = await writeHistory(database, platform, { sessions: sessionsOf('2013-01-02', '2018-05-25'), investors: 3 });
  all = history.sessions.length * history.portfolios.length;
});

beforeEach(async () => {
  await throwSnapshotsAway(platform);
  await requestSnapshots(platform);
});

afterAll(async () => {
  killAllWorkers();
  await platform.close();
  await database.close();
});

it('a worker killed twice in the middle of its work leaves no snapshot out, none twice, and the same rows as a run without any', async () => {
  await survivesKills({ database, platform, history, withinMs: 15_000 }, [1, all / 2]);
  expect(await countSnapshots(platform)).toBe(all);
});

it('a worker asked to end stops between two chunks and hands its jobs back at once', async () => {
  // A job that was not handed back would be taken up again only after a minute.
  const settings = settingsOf(database, { JOB_LOCK_MS: 60_000, JOB_STALLED_MS: 60_000, QUEUE_PREFIX: 'ended' });
  const first = await startWorkers(settings, recordingLogger());
  await until('some snapshots', async () => (await countSnapshots(platform)) > 0);
  await first.stop();
  const written = await countSnapshots(platform);
  expect(written).toBeGreaterThan(0);
  expect(written).toBeLessThan(all);
  expect(await platform.inspect(`SELECT FROM batch_progress WHERE status = 'running' AND chunks > 0`)).not.toEqual([]);
  expect(await countUndone(platform)).toBeGreaterThan(0);

  const second = await startWorkers(settings, recordingLogger());
  await until('all snapshots', async () => (await countSnapshots(platform)) === all && (await countUndone(platform)) === 0);
  await second.stop();
});
