import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { CodedError, systemClock } from '@trii/kernel';
import { z } from 'zod';
import { type DataFolder, readIfThere, replaceFile } from './data-folder.ts';
import { endProcess } from './end-process.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

const Identity = z.object({ pid: z.int().positive(), started: z.string() });
const Part = Identity.extend({ name: z.string(), port: z.int(), startedAt: z.string() });
const Run = z.object({ supervisor: Identity, startedAt: z.string(), parts: z.array(Part) });

/** A process that belongs to a run of the platform. */
export type RunPart = Readonly<z.infer<typeof Part>>;
/** Who supervises the data folder now, and what it has started. */
export type Run = Readonly<z.infer<typeof Run>>;

/** Which signal asks a part to end in good order; every other part takes SIGTERM. */
const STOP_SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { postgres: 'SIGINT' };
/** Consumers before what they use. Names that are not listed end first. */
const STOP_ORDER = ['workers', 'api', 'redis', 'postgres'];
const LEFTOVER_DEADLINE_MS = 15_000;

export interface RunFile {
  track(part: { readonly name: string; readonly pid: number; readonly port: number }): ProcessIdentity;
  forget(pid: number): void;
  release(): void;
}

/** What is written, whether or not its processes still live; an unreadable file counts as none. */
export function readRun(folder: DataFolder): Run | undefined {
  try {
    return Run.parse(JSON.parse(readIfThere(folder.runFile) ?? ''));
  } catch {
    return undefined;
  }
}

export const isRunning = (run: Run): boolean => isAlive(run.supervisor);

/**
 * Makes this process the one that runs the data folder, after ending what a killed predecessor left.
 * @throws CodedError ALREADY_RUNNING
 */
export async function claimRun(folder: DataFolder, onLeftover: (part: RunPart) => void = () => undefined): Promise<RunFile> {
  const self = identify(process.pid);
  if (self === undefined)
    throw new CodedError('PROCESS_UNKNOWN', 'The system does not tell when this process started. Is /proc (or ps) there?');
  await endLeftovers(folder, onLeftover);
  let run: Run = { supervisor: self, startedAt: systemClock.now().toISOString(), parts: [] };
  create(folder, run);
  const write = (parts: readonly RunPart[]): void => {
    run = { ...run, parts: [...parts] };
    replaceFile(folder.runFile, text(run));
  };
  return {
    track({ name, pid, port }) {
      const identity = identify(pid) ?? { pid, started: 'ended at once' };
      write([...run.parts, { ...identity, name, port, startedAt: systemClock.now().toISOString() }]);
      return identity;
    },
    forget: (pid) => write(run.parts.filter((part) => part.pid !== pid)),
    release: () => rmSync(folder.runFile, { force: true }),
  };
}

/**
 * Ends the parts whose supervisor is gone, each only if it is still the very process that was started.
 * @throws CodedError ALREADY_RUNNING when the supervisor lives, LEFTOVER_REMAINS when a part cannot be ended
 */
export async function endLeftovers(folder: DataFolder, onLeftover: (part: RunPart) => void = () => undefined): Promise<void> {
  const run = readRun(folder);
  if (run !== undefined && isRunning(run)) throw alreadyRunning(folder, run);
  const parts = (run?.parts ?? []).toSorted((a, b) => STOP_ORDER.indexOf(a.name) - STOP_ORDER.indexOf(b.name));
  for (const part of parts) {
    if (!isAlive(part)) continue;
    onLeftover(part);
    const how = await endProcess(part, {
      signal: STOP_SIGNALS[part.name] ?? 'SIGTERM',
      deadlineMs: LEFTOVER_DEADLINE_MS,
      group: true,
    });
    if (how === 'still there') {
      throw new CodedError(
        'LEFTOVER_REMAINS',
        `${part.name} (pid ${part.pid}) of an earlier run cannot be ended by this user. End it as the user who started it.`,
      );
    }
  }
  rmSync(folder.runFile, { force: true });
}

// A hard link appears whole or not at all and never over another, so of two starts at the same time one loses.
function create(folder: DataFolder, run: Run): void {
  const draft = `${folder.runFile}.${process.pid}.new`;
  writeFileSync(draft, text(run));
  try {
    linkSync(draft, folder.runFile);
  } catch (cause) {
    const other = readRun(folder);
    throw other !== undefined && isRunning(other) ? alreadyRunning(folder, other) : cause;
  } finally {
    rmSync(draft, { force: true });
  }
}

const text = (run: Run): string => `${JSON.stringify(run, null, 2)}\n`;

function alreadyRunning(folder: DataFolder, run: Run): CodedError {
  return new CodedError(
    'ALREADY_RUNNING',
    `The platform already runs from ${folder.dir} (pid ${run.supervisor.pid}, since ${run.startedAt}). See it with "trii status", end it with "trii down".`,
  );
}
