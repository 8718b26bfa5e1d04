import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePort, claimRun, identify, openDataFolder, type RunFile, readRun } from '@trii/stack';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isReady } from './health.ts';
import { type PartCommand, startPart } from './part.ts';
import { type PartEvent, supervise, type SuperviseOptions } from './supervise.ts';

const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'trii-supervise-')));
const never = new AbortController().signal;
let run: RunFile;
let command: PartCommand;
let events: PartEvent[];

/** A part that is ready at once, and ends when its lifeline closes. */
const WELL_BEHAVED = `Bun.serve({ port: Number(process.env.PORT), hostname: '127.0.0.1', fetch: () => new Response('ready', { headers: { 'Trii-Process': String(process.pid) } }) });
  process.stdin.resume().on('end', () => process.exit(0));
  console.log('serving');`;
const NEVER_READY = `console.error('no such database'); process.exit(7);`;
const DEAF = `${WELL_BEHAVED} process.on('SIGTERM', () => {}); process.stdin.removeAllListeners('end');`;

beforeEach(async () => {
  run = await claimRun(folder);
  command = { ...part(WELL_BEHAVED), port: await choosePort(folder, { name: 'api', preferred: 0 }) };
  command = { ...command, env: { PORT: String(command.port) } };
  events = [];
});
afterEach(() => {
  run.release();
  rmSync(folder.logs, { recursive: true });
  openDataFolder(folder.dir);
});
afterAll(() => rmSync(folder.dir, { recursive: true }));

const part = (code: string): PartCommand => ({
  name: 'api',
  file: process.execPath,
  args: ['-e', code],
  cwd: folder.dir,
  env: {},
  port: 1,
  logFile: join(folder.logs, 'api.log'),
  run,
});
const withCode = (code: string): PartCommand => ({ ...command, args: ['-e', code] });

const options = (chosen: PartCommand): SuperviseOptions => ({
  command: chosen,
  signal: never,
  report: (event) => events.push(event),
  restartPausesMs: [10, 20],
});

const kinds = (): string[] => events.map(({ kind }) => kind);

/** Kills the part and waits for as many events as are to follow. */
async function killAndSee(...expected: PartEvent['kind'][]): Promise<void> {
  events.length = 0;
  process.kill(pidNow(), 'SIGKILL');
  await vi.waitFor(() => expect(kinds()).toEqual(expected), 4_000);
}

const pidNow = (): number => readRun(folder)?.parts.find(({ name }) => name === 'api')?.pid ?? 0;

it('a part is in the run file while it runs, writes to its log, and is gone after the stop', async () => {
  const supervised = await supervise(options(command));
  const pid = pidNow();
  expect(identify(pid)).toBeDefined();
  await supervised.stop();
  expect(identify(pid)).toBeUndefined();
  expect(readRun(folder)?.parts).toEqual([]);
  expect(readFileSync(command.logFile, 'utf8')).toBe('serving\n');
  expect(events).toEqual([]);
});

it('a killed part is reported and started again', async () => {
  const supervised = await supervise(options(command));
  const pid = pidNow();
  await killAndSee('ended', 'restarted');
  expect(events[1]).toMatchObject({ name: 'api', pid: pidNow() });
  expect(events[0]).toMatchObject({ kind: 'ended', how: 'was ended by SIGKILL', restartInMs: 10 });
  expect(pidNow()).not.toBe(pid);
  expect(await isReady(command.port)).toBe(true);
  await supervised.stop();
  expect(await isReady(command.port)).toBe(false);
});

it('a part that keeps ending is given up after the bounded restarts, and says so', async () => {
  const supervised = await supervise(options(command));
  await killAndSee('ended', 'restarted');
  await killAndSee('ended', 'restarted');
  await killAndSee('given up');
  expect(pidNow()).toBe(0);
  await supervised.stop();
});

it('a part that ends before it is ready fails the start with the end of its log', async () => {
  await expect(startPart(withCode(NEVER_READY), never)).rejects.toMatchObject({
    code: 'PART_NOT_STARTED',
    message: expect.stringMatching(/The api ended with code 7[^]*no such database/),
  });
  expect(readRun(folder)?.parts).toEqual([]);
});

it('a part whose port another process answers at is not taken for ready', async () => {
  const other = Bun.serve({ port: command.port, hostname: '127.0.0.1', fetch: () => new Response('ready') });
  try {
    await expect(startPart(command, never)).rejects.toMatchObject({
      code: 'PART_NOT_STARTED',
      message: expect.stringContaining('ended with code 1'),
    });
  } finally {
    await other.stop(true);
  }
});

it('a start that is called off leaves no process', async () => {
  const controller = new AbortController();
  const starting = startPart(withCode('setInterval(() => {}, 1000)'), controller.signal);
  controller.abort();
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  expect(readRun(folder)?.parts).toEqual([]);
});

it('a part deaf to SIGTERM is killed after the deadline', async () => {
  const deaf = await startPart({ ...withCode(DEAF), stopDeadlineMs: 200 }, never);
  await deaf.stop();
  expect(await deaf.ended).toBe('was ended by SIGKILL');
});
