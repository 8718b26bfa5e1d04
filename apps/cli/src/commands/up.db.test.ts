import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkout, dataFolder, isAlive, type ProcessIdentity, readRun, removeData, type RunPart, waitUntilGone } from '@trii/stack';
import { afterAll, expect, it } from 'vitest';

const dataDir = mkdtempSync(join(tmpdir(), 'trii up '));
const folder = dataFolder(dataDir);
const running = new Set<ChildProcess>();
const deadline = { timeout: 120_000 };
/** What the commands wrote to standard error, for the message of a failing test. */
let complaints = '';

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  removeData(dataDir);
});

function trii(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['apps/cli/src/main.ts', ...args, '--json', '--data-dir', dataDir], {
    cwd: checkout,
    env: { PATH: '/usr/bin:/bin', TRII_LIFELINE: 'stdin' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stderr?.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4_000)));
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

interface Answer {
  readonly code: unknown;
  readonly last: unknown;
}

/** Runs a command to its end: its exit code and the last thing it said. */
async function answerOf(...args: string[]): Promise<Answer> {
  const child = trii(...args);
  const lines: string[] = [];
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, last: lines.length === 0 ? undefined : JSON.parse(lines.at(-1) ?? '') };
}

/** Starts the platform and waits until it says what runs. */
async function up(): Promise<ChildProcess> {
  const child = trii('up', '--no-demo');
  await said(child, 'ready');
  return child;
}

function said(child: ChildProcess, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => line.includes(`"${key}"`) && resolve());
    child.once('exit', (code) => reject(new Error(`trii up ended with ${code} before it said ${key}:\n${complaints}`)));
  });
}

const parts = (): readonly RunPart[] => readRun(folder)?.parts ?? [];
const names = (): string[] => parts().map(({ name }) => name);
const goneWithin = (processes: readonly ProcessIdentity[], milliseconds: number): Promise<boolean[]> =>
  Promise.all(processes.map((each) => waitUntilGone(each, milliseconds)));

it('the platform comes up, shows itself well, survives a killed api, and goes down without a trace', deadline, async () => {
  const child = await up();
  expect(names()).toEqual(['postgres', 'redis', 'api', 'workers']);
  expect(await answerOf('status')).toMatchObject({ code: 0, last: { running: true } });
  const doctor = await answerOf('doctor');
  expect(doctor.last).toEqual(expect.arrayContaining([expect.objectContaining({ title: 'login of the api', state: 'ok' })]));
  expect(doctor.code).toBe(0);

  const restarted = said(child, 'restarted');
  process.kill(parts().find(({ name }) => name === 'api')?.pid ?? 0, 'SIGKILL');
  await restarted;
  expect(await answerOf('status')).toMatchObject({ code: 0 });

  const all = parts();
  const ended = once(child, 'exit');
  expect(await answerOf('down')).toMatchObject({ code: 0, last: { ended: true } });
  expect(await ended).toEqual([0, null]);
  expect(all.filter(isAlive)).toEqual([]);
  expect(await answerOf('status')).toMatchObject({ code: 3, last: { running: false } });
});

it('everything ends in order when the process that started it is gone', deadline, async () => {
  const child = await up();
  const all = parts();
  const ended = once(child, 'exit');
  child.stdin?.end();
  expect(await ended).toEqual([0, null]);
  expect(all.filter(isAlive)).toEqual([]);
});

it('nothing outlives a killed supervisor, and the next start serves', deadline, async () => {
  const killed = await up();
  const all = parts();
  killed.kill('SIGKILL');
  expect(await goneWithin(all, 20_000)).toEqual([true, true, true, true]);

  const next = await up();
  expect(await answerOf('status')).toMatchObject({ code: 0 });
  const ended = once(next, 'exit');
  next.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('a lost database ends the platform with a failing code, and leaves no process', deadline, async () => {
  const child = await up();
  const all = parts();
  const ended = once(child, 'exit');
  process.kill(all.find(({ name }) => name === 'postgres')?.pid ?? 0, 'SIGKILL');
  expect(await ended).toEqual([1, null]);
  expect(all.filter(isAlive)).toEqual([]);
});
