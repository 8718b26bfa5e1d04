// Runs vitest on Bun to its end, in a checkout that it makes ready first, and says in the very last line how many tests passed and failed.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap, cleanEnvironment, fail, root, watchStarter } from './bootstrap.mjs';
import { countTests } from './count-tests.mjs';

const KILL_AFTER_MS = 10_000;

const resultFile = join(root, '.trii', `test-results-${process.pid}.json`);

/**
 * @param {{ options: string[], deadlineMs: number }} run vitest's options, and when it is ended however far it has come: an endless loop
 * in a test hangs vitest for ever
 */
export async function runTests({ options, deadlineMs }) {
  let counts = { passed: 0, failed: 1 };
  try {
    const bun = await bootstrap();
    const code = await runVitest(bun, { options, deadlineMs });
    counts = countTests(readResult(), code);
  } catch (error) {
    fail(error);
  }
  if (counts.failed > 0) process.exitCode = 1;
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
}

/** The exit code; null when it had to be ended. */
function runVitest(bun, { options, deadlineMs }) {
  mkdirSync(join(root, '.trii'), { recursive: true });
  const args = [
    '--bun',
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${resultFile}`,
  ];
  return new Promise((resolve) => {
    const child = spawn(bun, [...args, ...options], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: cleanEnvironment(),
    });
    let killing;
    const stop = (why) => {
      if (killing !== undefined) return;
      console.error(`\nEnding the tests: ${why}.`);
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    const deadline = setTimeout(() => stop(`they take longer than ${deadlineMs / 1000} s`), deadlineMs - performance.now());
    const unwatch = watchStarter(() => stop('npm is gone'));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));
    const end = (code) => {
      unwatch();
      clearTimeout(deadline);
      clearTimeout(killing);
      resolve(killing === undefined ? code : null);
    };
    child.once('error', (error) => {
      console.error(`Bun could not be started from ${bun}: ${error.message}. Delete node_modules and start again.`);
      end(1);
    });
    child.once('exit', end);
  });
}

function readResult() {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    return undefined; // the run ended before it could report
  } finally {
    rmSync(resultFile, { force: true });
  }
}
