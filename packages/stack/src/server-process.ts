import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@trii/kernel';
import { endProcess } from './end-process.ts';
import { holdLifeline } from './lifeline.ts';
import type { RunFile } from './run-file.ts';
import type { ServerUser } from './system-user.ts';

const LOG_BYTES_MAX = 10 * 1024 * 1024;
const READY_POLL_MS = 40;
const TAIL_LINES = 15;

export interface ServerCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user: ServerUser;
  readonly port: number;
  readonly logFile: string;
  /** Asks for an orderly end. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  readonly stopDeadlineMs: number;
  /** Sent when this process goes without having stopped the server. */
  readonly orphanSignal: 'SIGINT' | 'SIGTERM' | 'SIGQUIT' | 'SIGKILL';
  readonly readyDeadlineMs: number;
  readonly isReady: () => Promise<boolean>;
  readonly run: RunFile;
}

export interface ServerExit {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly logFile: string;
  readonly logTail: string;
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
  /** Called once when the server ends without having been asked to; at once if it has already. */
  onExit(listener: (exit: ServerExit) => void): void;
}

export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const child = launch(command);
  const exited = new Promise<ServerExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void =>
      resolve({ name: command.name, code, signal, logFile: command.logFile, logTail: tailOf(command.logFile) });
    child.once('exit', end);
    child.once('error', () => end(null, null));
  });
  const pid = child.pid;
  if (pid === undefined) throw notStarted(command, await exited);
  const identity = command.run.track({ name: command.name, pid, port: command.port });
  const letGo = holdLifeline(pid, command.orphanSignal.slice(3) as 'INT' | 'TERM' | 'QUIT' | 'KILL');
  const lastNet = (): boolean => child.kill(command.orphanSignal);
  process.once('exit', lastNet);
  let isStopping = false;
  const cleanUp = exited.then((exit) => {
    process.off('exit', lastNet);
    letGo();
    command.run.forget(pid);
    return exit;
  });
  const stop = async (): Promise<void> => {
    isStopping = true;
    await endProcess(identity, { signal: command.stopSignal, deadlineMs: command.stopDeadlineMs });
    await cleanUp;
  };
  await ready(command, cleanUp).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { pid, port: command.port, stop, onExit: (listener) => void cleanUp.then((exit) => (isStopping ? undefined : listener(exit))) };
}

function launch(command: ServerCommand): ChildProcess {
  if (existsSync(command.logFile) && statSync(command.logFile).size > LOG_BYTES_MAX) renameSync(command.logFile, `${command.logFile}.1`);
  // A file and not a pipe: the server must not lose its voice, or block, when this process is killed.
  const log = openSync(command.logFile, 'a', 0o600);
  try {
    return spawn(command.file, [...command.args], {
      ...command.user,
      cwd: '/',
      detached: true, // out of the terminal's group: Ctrl-C reaches only the supervisor, which ends everything in order
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...command.env },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

async function ready(command: ServerCommand, exited: Promise<ServerExit>): Promise<void> {
  const end = performance.now() + command.readyDeadlineMs;
  while (performance.now() < end) {
    if (await command.isReady()) return;
    const exit = await Promise.race([exited, sleep(READY_POLL_MS)]);
    if (exit !== undefined) throw notStarted(command, exit);
  }
  throw notStarted(command, { name: command.name, code: null, signal: null, logFile: command.logFile, logTail: tailOf(command.logFile) });
}

function notStarted(command: ServerCommand, exit: ServerExit): CodedError {
  const how =
    exit.code === null && exit.signal === null
      ? `is not ready after ${command.readyDeadlineMs / 1000} s`
      : `ended with ${exit.signal ?? `code ${exit.code}`}`;
  return new CodedError('SERVER_NOT_STARTED', `${command.name} ${how}. The end of ${command.logFile}:\n${exit.logTail}`);
}

export function tailOf(logFile: string): string {
  return existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n') : '(empty)';
}
