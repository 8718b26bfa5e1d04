import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@trii/kernel';
import { endProcess, type ProcessIdentity, type RunFile, signalProcess, tailOf } from '@trii/stack';
import { openBoundedLog } from './bounded-log.ts';
import { isReady } from './health.ts';

const READY_DEADLINE_MS = 60_000;
const READY_POLL_MS = 100;
const STOP_DEADLINE_MS = 15_000;

export interface PartCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly logFile: string;
  readonly run: RunFile;
  /** How long it may take to end in order. */
  readonly stopDeadlineMs?: number;
}

export interface PartProcess {
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason, with how. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a part and waits until it is ready. Its standard input is its lifeline: the pipe closes however we die, and the part then ends
 * itself. Detached, so that Ctrl-C reaches only us and the parts end in order.
 */
export async function startPart(command: PartCommand, signal: AbortSignal): Promise<PartProcess> {
  const child = spawn(command.file, [...command.args], {
    cwd: command.cwd,
    env: command.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child);
  keepLog(child, command.logFile);
  if (child.pid === undefined) throw new CodedError('PART_NOT_STARTED', `The ${command.name} could not be started: ${await ended}.`);
  const identity = command.run.track({ name: command.name, pid: child.pid, port: command.port });
  // A second Ctrl-C ends us without waiting: a part that hangs does not see its lifeline close.
  const lastNet = (): boolean => signalProcess(identity, 'SIGKILL');
  process.once('exit', lastNet);
  void ended.then(() => {
    process.off('exit', lastNet);
    return command.run.forget(identity.pid);
  });
  const part: PartProcess = { pid: identity.pid, ended, stop: () => stopPart(identity, ended, command.stopDeadlineMs ?? STOP_DEADLINE_MS) };
  try {
    await untilReady(command, part, signal);
    return part;
  } catch (error) {
    await part.stop();
    throw error;
  }
}

async function stopPart(identity: ProcessIdentity, ended: Promise<string>, deadlineMs: number): Promise<void> {
  await endProcess(identity, { signal: 'SIGTERM', deadlineMs, group: true });
  await ended;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
    child.once('error', (error) => resolve(error.message));
  });
}

function keepLog(child: ChildProcess, file: string): void {
  const log = openBoundedLog(file);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log.write(chunk));
  child.stdin?.on('error', () => undefined); // it ended before we let go of its lifeline
  child.once('close', () => log.close());
}

async function untilReady(command: PartCommand, { pid, ended }: PartProcess, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (performance.now() < deadline) {
    // Another platform that starts at the same time may have taken the port: what answers must be what was started.
    if (await isReady(command.port, pid)) return;
    signal.throwIfAborted();
    const how = await Promise.race([ended, sleep(READY_POLL_MS)]);
    if (how !== undefined) throw notReady(command, how);
  }
  throw notReady(command, `is not ready after ${READY_DEADLINE_MS / 1000} s`);
}

const notReady = (command: PartCommand, how: string): CodedError =>
  new CodedError('PART_NOT_STARTED', `The ${command.name} ${how}. The end of ${command.logFile}:\n${tailOf(command.logFile)}`);
