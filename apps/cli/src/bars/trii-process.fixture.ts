import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { checkout } from '@trii/stack';

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface TriiOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Where it runs, so where a reject file lands. */
  readonly cwd: string;
  readonly input?: string;
}

/** `trii ...` as a process of its own. */
export function spawnTrii(args: readonly string[], { env, cwd }: TriiOptions): ChildProcess {
  return spawn(process.execPath, [`${checkout}/apps/cli/src/main.ts`, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
}

export async function runTrii(args: readonly string[], options: TriiOptions): Promise<Finished> {
  const child = spawnTrii(args, options);
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('all streams are pipes');
  stdin.end(options.input ?? '');
  const ended = once(child, 'exit');
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  await ended;
  return { code: child.exitCode, out, err };
}
