import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

/** A process that would run for ever, and prints why it ends. */
async function started(isHeld: boolean, stdin: 'pipe' | 'ignore', then = 'setInterval(() => {}, 1000)'): Promise<ChildProcess> {
  const code = `const { endWithParent } = await import(${JSON.stringify(join(import.meta.dirname, 'end-with-parent.ts'))});
    const letGo = endWithParent({ isHeld: ${isHeld}, onParentGone: () => process.exit(42) });
    console.log('running');
    ${then};`;
  const stdio: StdioOptions = [stdin, 'pipe', 'inherit'];
  const running = spawn(process.execPath, ['-e', code], { stdio });
  await new Promise((resolve) => running.stdout?.once('data', resolve));
  return running;
}

const exitCode = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', (code) => resolve(code)));

it('a process ends when the pipe that only its starter holds is closed', async () => {
  child = await started(true, 'pipe');
  const code = exitCode(child);
  child.stdin?.end();
  expect(await code).toBe(42);
});

it('a process started by hand or by a service manager, whose input is empty, runs on', async () => {
  child = await started(false, 'ignore');
  const code = exitCode(child);
  await new Promise((resolve) => setTimeout(resolve, 300));
  child.kill('SIGKILL');
  expect(await code).toBeNull();
});

it('a process that lets go of the pipe may end while its starter lives', async () => {
  child = await started(true, 'pipe', 'letGo()');
  expect(await exitCode(child)).toBe(0);
});
