import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, createTestPlatform, recordingLogger, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  allSnapshots,
  countSnapshots,
  requestSnapshots,
  sessionsOf,
  settingsOf,
  snapshotUninterrupted,
  until,
  writeHistory,
  type History,
} from './history.fixture.ts';
import { startWorkers } from './start-workers.ts';

let database: TestDatabase;
let platform: TestPlatform;
let history: History;
let all: number;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  history = await writeHistory(database, platform, { sessions: sessionsOf('2013-01-02', '2018-05-25'), investors: 3 });
  all = history.sessions.length * history.portfolios.length;
});

beforeEach(async () => {
  await platform.inspect('DELETE FROM portfolio_snapshots');
  await requestSnapshots(platform);
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await platform.close();
  await database.close();
});

const undone = async (): Promise<number> => (await platform.inspect(`SELECT FROM deliveries WHERE status <> 'done'`)).length;

/** A worker process as it is run in production, with its log at hand. */
function startProcess(): { readonly child: ChildProcess; readonly log: string[]; readonly ended: Promise<unknown> } {
  const settings = Object.entries(settingsOf(database)).map(([name, value]) => [name, String(value)]);
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...Object.fromEntries(settings), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => log.push(String(chunk)));
  return { child, log, ended: new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal))) };
}

it('a worker killed twice in the middle of its work leaves no snapshot out, none twice, and the same rows as a run without any', async () => {
  for (const enough of [1, all / 2]) {
    const { child, log, ended } = startProcess();
    await until(`${enough} snapshots; ${log.join('')}`, async () => (await countSnapshots(platform)) >= enough);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await countSnapshots(platform)).toBeLessThan(all);
  }

  const { child, log, ended } = startProcess();
  await until(`all snapshots; ${log.join('')}`, async () => (await countSnapshots(platform)) === all);
  await until('all deliveries done', async () => (await undone()) === 0);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const resumed = await allSnapshots(platform);
  for (const { id } of history.portfolios) {
    expect(resumed.filter((row) => row['portfolio_id'] === id).map((row) => row['date'])).toEqual(history.sessions);
  }

  await platform.inspect('DELETE FROM portfolio_snapshots');
  await snapshotUninterrupted(platform, history);
  expect(await allSnapshots(platform)).toEqual(resumed);
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
  expect(await undone()).toBeGreaterThan(0);

  const second = await startWorkers(settings, recordingLogger());
  await until('all snapshots', async () => (await countSnapshots(platform)) === all && (await undone()) === 0);
  await second.stop();
});
