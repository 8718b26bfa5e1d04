import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { personalKeyVariables, throwSnapshotsAway, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { expect } from 'vitest';
import { allSnapshots, countSnapshots, settingsOf, snapshotUninterrupted, until, type History } from './history.fixture.ts';

export interface Workplace {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
  readonly history: History;
  /** How long a worker may take over all that is left. */
  readonly withinMs: number;
}

const children = new Set<ChildProcess>();

/** For afterAll: nothing that a failed test started goes on. */
export function killAllWorkers(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** A worker process as it is run in production, with its log at hand. */
function startProcess(database: TestDatabase): { readonly child: ChildProcess; readonly log: string[]; readonly ended: Promise<unknown> } {
  // The keys as the text that a process is given, in place of what it makes of them.
  const settings = Object.entries({ ...settingsOf(database), ...personalKeyVariables }).map(([name, value]) => [name, String(value)]);
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...Object.fromEntries(settings), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => log.push(String(chunk)));
  const ended = new Promise((resolve) =>
    child.on('exit', (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    }),
  );
  return { child, log, ended };
}

export const countUndone = async (platform: TestPlatform): Promise<number> =>
  (await platform.inspect(`SELECT FROM deliveries WHERE status <> 'done'`)).length;

/**
 * Snapshots that were asked for, written by workers each of which is killed once so many are there; a last one finishes. None may be
 * missing, none there twice, and all as in a run that nobody disturbed.
 */
export async function survivesKills({ database, platform, history, withinMs }: Workplace, killAt: readonly number[]): Promise<void> {
  const all = history.sessions.length * history.portfolios.length;
  for (const enough of killAt) {
    const { child, log, ended } = startProcess(database);
    await until(`${enough} snapshots; ${log.join('')}`, async () => (await countSnapshots(platform)) >= enough, withinMs);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(await countSnapshots(platform)).toBeLessThan(all);
  }

  const { child, log, ended } = startProcess(database);
  await until(`all snapshots; ${log.join('')}`, async () => (await countSnapshots(platform)) === all, withinMs);
  await until('all deliveries done', async () => (await countUndone(platform)) === 0, withinMs);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const resumed = await allSnapshots(platform);
  for (const { id } of history.portfolios) {
    expect(resumed.filter((row) => row['portfolio_id'] === id).map((row) => row['date'])).toEqual(history.sessions);
  }

  await throwSnapshotsAway(platform);
  await snapshotUninterrupted(platform, history);
  expect(await allSnapshots(platform)).toEqual(resumed);
}
