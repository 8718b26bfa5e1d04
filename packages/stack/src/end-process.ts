import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 25;
/** After SIGKILL only the kernel is left to wait for. */
const KILL_DEADLINE_MS = 5_000;

export type EndedHow = 'was gone' | 'ended' | 'killed' | 'still there';

export interface EndOptions {
  readonly signal: NodeJS.Signals;
  readonly deadlineMs: number;
  /** When it has to be killed, what it started goes with it; for a process that leads its own group. */
  readonly group?: boolean;
}

/** Asks by signal, waits, then kills. Touches only the very process the identity names. */
export async function endProcess(identity: ProcessIdentity, options: EndOptions): Promise<EndedHow> {
  if (!signalProcess(identity, options.signal)) return 'was gone';
  if (await waitUntilGone(identity, options.deadlineMs)) return 'ended';
  if (options.group === true) killGroup(identity);
  signalProcess(identity, 'SIGKILL');
  return (await waitUntilGone(identity, KILL_DEADLINE_MS)) ? 'killed' : 'still there';
}

/** False when the process is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return isAlive(identity);
  }
}

export async function waitUntilGone(identity: ProcessIdentity, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (isAlive(identity)) {
    if (performance.now() >= end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

// Only while the leader lives: afterwards its number may name a stranger's group.
function killGroup(leader: ProcessIdentity): void {
  if (!isAlive(leader)) return;
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // ESRCH: it does not lead a group, and is killed alone
  }
}
