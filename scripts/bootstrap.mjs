// What both commands need before anything of the project can run: the pinned pnpm, the dependencies, and through them Bun.
// Plain JavaScript for Node 20 without dependencies, since nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const pnpmVersion = manifest.packageManager.split('@')[1];
const tools = join(root, '.trii', 'tools');
const NODE_MAJOR_MIN = 20;
const STILL_BUSY_MS = 10_000;
const OUTPUT_LINES_ON_FAILURE = 30;
const STARTER_POLL_MS = 500;
/** Taken before anything takes time: later the starter may be gone already. */
const starter = startedBy();

/** A failure that the user can mend: shown as a message, without a stack. */
export class SetUpError extends Error {}

/** Makes the checkout ready and returns the path of Bun. */
export async function bootstrap() {
  checkNode();
  const unwatch = watchStarter(() => {
    for (const child of installing) child.kill('SIGTERM');
    process.exit(1);
  });
  try {
    const pnpm = await step(`pnpm ${pnpmVersion}`, findOrFetchPnpm);
    await step('dependencies', () => installDependencies(pnpm));
    return findBun();
  } finally {
    unwatch();
  }
}

/** Runs one step, shows its title when it begins and its time when it ends. */
export async function step(title, run) {
  const start = performance.now();
  const busy = setInterval(() => console.log(`  ${title}: still busy after ${seconds(start)}`), STILL_BUSY_MS);
  try {
    const result = await run((note) => console.log(`  ${note}`));
    console.log(`✓ ${title} (${seconds(start)})`);
    return result;
  } catch (error) {
    console.error(`✗ ${title} (${seconds(start)})`);
    throw error;
  } finally {
    clearInterval(busy);
  }
}

/**
 * Calls back once when who started us is gone: npm does not pass every signal on, and SIGKILL cannot be. npm runs a script through a
 * shell, so its death changes only the shell's parent.
 */
export function watchStarter(onGone) {
  const watch = setInterval(() => {
    if (startedBy() === starter) return;
    clearInterval(watch);
    onGone();
  }, STARTER_POLL_MS);
  return () => clearInterval(watch);
}

function startedBy() {
  const underNpm = process.env.npm_lifecycle_event !== undefined;
  return underNpm ? `${process.ppid} ${parentOf(process.ppid)}` : `${process.ppid}`;
}

/** Where there is no /proc only the shell is watched. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    return '';
  }
}

/** Prints what went wrong and ends with a failing code. */
export function fail(error) {
  console.error(error instanceof SetUpError ? `\n${error.message}` : error);
  process.exitCode = 1;
}

/**
 * The environment without what npm adds for its own scripts: it would send pnpm to npm's prefix and make it take this project's script
 * for its own. Where the registry is and how to reach it stays.
 */
export function cleanEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(
    ([name, value]) =>
      !/^npm_/i.test(name) ||
      (value !== '' && /^npm_config_(registry|userconfig|proxy|https_proxy|noproxy|cafile|strict_ssl)$/i.test(name)),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

const seconds = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    throw new SetUpError(
      `Node ${process.versions.node} is too old: install Node ${NODE_MAJOR_MIN} or later (https://nodejs.org), then start again.`,
    );
  }
  if (process.platform === 'win32') {
    throw new SetUpError(
      'Windows itself is not supported: start inside WSL2 (https://learn.microsoft.com/windows/wsl), where Redis runs too.',
    );
  }
}

async function findOrFetchPnpm(note) {
  const own = join(tools, 'node_modules', '.bin', 'pnpm');
  if (isPinned(own) || isPinned('pnpm')) return isPinned(own) ? own : 'pnpm';
  note('fetching it with npm into .trii/tools');
  mkdirSync(tools, { recursive: true });
  // without a manifest of its own npm would look for one in the folders above
  if (!existsSync(join(tools, 'package.json'))) writeFileSync(join(tools, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--prefix', tools, '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', `pnpm@${pnpmVersion}`];
  const done = await run('npm', args, { env: cleanEnvironment({ PATH: pathWithNode() }), cwd: tools });
  if (done.error?.code === 'ENOENT') {
    throw new SetUpError(
      'npm was not found. It comes with Node: install Node 20 or later from https://nodejs.org, or put npm on the PATH.',
    );
  }
  if (done.code !== 0 || !isPinned(own)) {
    throw new SetUpError(`${lastLines(done.output)}\n\npnpm ${pnpmVersion} could not be fetched. ${registryHint(done.output)}`);
  }
  return own;
}

// Asked outside the checkout, where pnpm does not switch to the version that package.json names, and corepack fetches nothing.
function isPinned(pnpm) {
  const asked = spawnSync(pnpm, ['--version'], {
    cwd: tmpdir(),
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: cleanEnvironment({ COREPACK_ENABLE_NETWORK: '0', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' }),
  });
  return asked.status === 0 && asked.stdout.trim() === pnpmVersion;
}

async function installDependencies(pnpm) {
  const stamp = join(root, 'node_modules', '.trii-installed');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(bunPlaces[0])) return;
  // CI=true: never asks, also when it has to replace a node_modules made by another tool. NODE_ENV=production would leave Bun out.
  const env = cleanEnvironment({ CI: 'true', NODE_ENV: 'development', PATH: pathWithNode() });
  const done = await run(pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], { env, cwd: root });
  if (done.code !== 0) {
    throw new SetUpError(`${lastLines(done.output)}\n\nThe dependencies could not be installed. ${registryHint(done.output)}`);
  }
  writeFileSync(stamp, wanted);
}

/** Changes with anything that decides what is installed. */
function fingerprint() {
  const workspaces = ['packages', 'apps'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)));
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...['', ...workspaces, 'db'].map((folder) => join(folder, 'package.json'))];
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n${root}\n`);
  for (const file of files.toSorted()) {
    if (existsSync(join(root, file)))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  }
  return hash.digest('hex');
}

// The name ends in .exe on every system. The script in .bin is a fallback for a layout of another package manager.
const bunPlaces = [join(root, 'node_modules', 'bun-runtime', 'bin', 'bun.exe'), join(root, 'node_modules', '.bin', 'bun')];

function findBun() {
  const bun = bunPlaces.find((place) => existsSync(place));
  if (bun === undefined) throw new SetUpError('Bun is not among the installed dependencies. Delete node_modules and start again.');
  return bun;
}

/** npm and the install scripts of packages must find the Node that runs this file, also when it is not on the PATH. */
const pathWithNode = () => `${process.env.PATH ?? ''}${delimiter}${join(process.execPath, '..')}`;

const lastLines = (output) => output.trimEnd().split('\n').slice(-OUTPUT_LINES_ON_FAILURE).join('\n');

function registryHint(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|network|META_FETCH_FAIL|FETCH_/i.test(output)) {
    return 'The npm registry was not reached: check the network and proxy ("npm ping", "npm config get registry"), then start again.';
  }
  if (/E40[13]|ERR_PNPM_FETCH_40|Unauthorized|Forbidden/i.test(output)) {
    return 'The npm registry refused: check its address and your access in ~/.npmrc ("npm config get registry"), then start again.';
  }
  if (/OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH/.test(output))
    return `pnpm-lock.yaml does not fit the package.json files: run "npx pnpm@${pnpmVersion} install" once, then start again.`;
  if (/ENOSPC/.test(output)) return 'The disk is full: free some space, then start again.';
  if (/EACCES|EPERM/.test(output))
    return 'A folder here belongs to another user: start as the owner of the checkout, or give it back with chown.';
  return 'The lines above say why.';
}

const installing = new Set();

/** Runs a program to its end; what it says is kept for the case that it fails. */
function run(file, args, options) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    installing.add(child);
    child.once('exit', () => installing.delete(child));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-100_000)));
    child.once('error', (error) => resolve({ code: null, output: `${output}\n${error.message}`, error }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
