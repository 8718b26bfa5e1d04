import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataFolder } from './data-folder.ts';
import { waitUntilGone } from './end-process.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { claimRun, readRun } from './run-file.ts';
import { removeData } from './server-places.ts';
import { startStack } from './stack.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'trii-leftovers-'));
});
afterEach(() => removeData(dataDir));

/** Another process that runs a stack on the folder and then waits to be killed. */
async function holder(): Promise<{ child: ChildProcess; servers: ProcessIdentity[] }> {
  const code = `const { startStack } = await import(${JSON.stringify(join(import.meta.dirname, 'stack.ts'))});
    await startStack({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('the holder ended before its stack was up')));
  });
  return { child, servers: readRun(dataFolder(dataDir))?.parts ?? [] };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** The shells that would end the servers in the killed process's stead. */
function killLifelines(servers: readonly ProcessIdentity[]): void {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  for (const { pid } of servers) {
    const watcher = lines.find((line) => line.includes(`trii-lifeline ${pid} `));
    if (watcher !== undefined) process.kill(Number.parseInt(watcher, 10), 'SIGKILL');
  }
}

it('the servers of a killed process end by themselves', async () => {
  const { child, servers } = await holder();
  expect(servers.map(isAlive)).toEqual([true, true]);
  await kill(child);
  expect(await Promise.all(servers.map((server) => waitUntilGone(server, 10_000)))).toEqual([true, true]);
});

it('servers that outlive their process and its lifelines are ended by the next start, which then serves', async () => {
  const { child, servers } = await holder();
  killLifelines(servers);
  await kill(child);
  expect(servers.map(isAlive)).toEqual([true, true]);

  const steps: string[] = [];
  const stack = await startStack({ dataDir, durable: false, onStep: (title) => steps.push(title) });
  expect(servers.map(isAlive)).toEqual([false, false]);
  expect(steps.filter((step) => step.includes('left by a run that was killed'))).toHaveLength(2);
  await stack.stop();
});

it('a stranger who got the pid of a dead part is left alone', async () => {
  const stranger = spawn('sleep', ['30'], { stdio: 'ignore' });
  const identity = identify(stranger.pid ?? 0);
  const folder = dataFolder(dataDir);
  const part = { name: 'postgres', pid: stranger.pid, started: 'another time', port: 1, startedAt: '2020-01-01T00:00:00Z' };
  writeFileSync(
    folder.runFile,
    JSON.stringify({ supervisor: { pid: stranger.pid, started: 'another time' }, startedAt: part.startedAt, parts: [part] }),
  );

  const run = await claimRun(folder);
  run.release();
  expect(identity !== undefined && isAlive(identity)).toBe(true);
  await kill(stranger);
});
