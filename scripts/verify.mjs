// Everything that can be checked without a database, in parallel: `pnpm verify`, or `pnpm verify lint types` for some of it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment, root } from './bootstrap.mjs';

const stepLimitMs = 300_000;
const installed = (path) => join(root, 'node_modules', path);
const bun = [installed('bun-runtime/bin/bun.exe'), installed('.bin/bun')].find((path) => existsSync(path));

/** Longest first, so that the short ones fill the gaps. Every tool runs on the pinned Bun, whatever Node started this. */
const steps = [
  {
    name: 'unit',
    what: 'unit tests and the architecture test',
    args: [installed('vitest/vitest.mjs'), 'run', '--project', 'unit', '--reporter', 'dot'],
  },
  { name: 'types', what: 'tsc --noEmit', args: [installed('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', what: 'oxlint, type-aware', args: [installed('oxlint/bin/oxlint')] },
  {
    name: 'dead',
    what: 'knip: files, exports and dependencies nobody uses',
    args: [installed('knip/bin/knip-bun.js'), '--no-progress', '--no-config-hints'],
  },
  { name: 'format', what: 'oxfmt --check', args: [installed('oxfmt/bin/oxfmt'), '--check', '.'] },
];

function stepsAskedFor() {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) fail(`No step is called ${unknown.join(', ')}. There are: ${steps.map((step) => step.name).join(', ')}.`);
  return asked.length === 0 ? steps : steps.filter((step) => asked.includes(step.name));
}

function checkInstalled() {
  const missing = steps.map((step) => step.args[0]).filter((path) => !existsSync(path));
  if (bun !== undefined && missing.length === 0) return;
  fail(
    'The dependencies are not installed. Run `npm test` or `npm start` once: both fetch the pinned pnpm and Bun and install everything.',
  );
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

const running = new Set();

/** Runs one step and resolves with its exit code, time and output; a step that hangs is ended and counts as failed. */
function run(step) {
  return new Promise((resolve) => {
    const started = performance.now();
    const output = [];
    const child = spawn(bun, ['--bun', ...step.args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(colours()),
    });
    const timer = setTimeout(() => {
      output.push(`\nEnded after ${stepLimitMs / 1000} s without a result.\n`);
      child.kill('SIGKILL');
    }, stepLimitMs);
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ step, code, seconds: (performance.now() - started) / 1000, output: output.join('') });
    };
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => output.push(text));
    child.on('error', (error) => output.push(`${error.message}\n`));
    child.on('close', (code) => finish(code ?? 1));
  });
}

/** The tools see a pipe; what a person reads in a terminal stays coloured. */
function colours() {
  return process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}

function report({ step, code, seconds, output }) {
  const verdict = code === 0 ? 'passed' : 'FAILED';
  console.log(`${verdict}  ${step.name.padEnd(7)} ${seconds.toFixed(1).padStart(5)} s  ${step.what}`);
  if (code !== 0) console.log(`\n${output.trim()}\n`);
}

async function main() {
  checkInstalled();
  const queue = [...stepsAskedFor()];
  const started = performance.now();
  const results = [];
  const worker = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const result = await run(step);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
  const failed = results.filter(({ code }) => code !== 0).map(({ step }) => step.name);
  console.log(
    `\n${results.length - failed.length} passed, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(', ')})` : ''} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  process.exitCode = failed.length > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of running) child.kill('SIGTERM');
    process.exit(130);
  });
}
await main();
