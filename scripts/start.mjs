// `npm start`: makes the checkout ready, then runs `trii up` on Bun and stays until it has ended.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, cleanEnvironment, fail, root, watchStarter } from './bootstrap.mjs';

/** Longer than the deadlines of all parts together. */
const STOP_DEADLINE_MS = 90_000;

try {
  const bun = await bootstrap();
  up(bun);
} catch (error) {
  fail(error);
}

function up(bun) {
  const child = spawn(bun, [join(root, 'apps/cli/src/main.ts'), 'up', ...process.argv.slice(2)], {
    cwd: root,
    // The lifeline: the pipe closes however this process ends, and `up` then ends everything in order. Signals alone would not do:
    // npm does not pass SIGTERM on, and SIGKILL cannot be passed on.
    stdio: ['pipe', 'inherit', 'inherit'],
    env: cleanEnvironment({ TRII_LIFELINE: 'stdin' }),
  });
  child.stdin.on('error', () => {});
  let stopping;
  const stop = () => {
    child.stdin.end();
    stopping ??= setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const unwatch = watchStarter(stop);
  const end = (code) => {
    unwatch();
    clearTimeout(stopping);
    process.exitCode = code;
  };
  child.once('error', (error) => {
    console.error(`Bun could not be started from ${bun}: ${error.message}. Delete node_modules and start again.`);
    end(1);
  });
  child.once('exit', (code) => end(code ?? 1));
}
