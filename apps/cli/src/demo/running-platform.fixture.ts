import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkout, dataFolder, openSecrets, readRun, removeData, urlsOf } from '@trii/stack';
import { findPlace } from '../platform/place.ts';

export interface RunningPlatform extends AsyncDisposable {
  readonly apiUrl: string;
  readonly demoPassword: string;
  readonly dataDir: string;
  /** PostgreSQL as the api's login and as the superuser, and both roles of Redis. */
  readonly urls: { readonly api: string; readonly admin: string; readonly queue: string; readonly cache: string };
  /** `trii ...` against it: what it printed, and its exit code. */
  trii(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

const READY_MS = 110_000;
const END_MS = 30_000;

interface Wish {
  /** Without the demo it is ready in a few seconds. */
  readonly isBare?: boolean;
}

/** `trii up` as a process of its own, on a fresh data folder and free ports. */
export async function startPlatform({ isBare = false }: Wish = {}): Promise<RunningPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trii demo '));
  const up = spawn(process.execPath, ['apps/cli/src/main.ts', 'up', '--json', '--data-dir', dataDir, ...(isBare ? ['--no-demo'] : [])], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(up);
  const folder = dataFolder(dataDir);
  const { apiUrl, servers } = findPlace(folder);
  const secrets = openSecrets(folder);
  const portOf = (name: string): number => readRun(folder)?.parts.find((part) => part.name === name)?.port ?? 0;
  const admin = urlsOf({ secrets, postgresPort: portOf('postgres'), redisPort: portOf('redis') }).admin('trii');
  return {
    apiUrl,
    dataDir,
    demoPassword: secrets.demo_password,
    urls: { api: servers.DATABASE_URL, admin, queue: servers.REDIS_QUEUE_URL, cache: servers.REDIS_CACHE_URL },
    trii: (...args) => runTrii([...args, '--data-dir', dataDir]),
    async [Symbol.asyncDispose]() {
      up.kill('SIGTERM');
      if (up.exitCode === null) await Promise.race([once(up, 'exit'), new Promise((resolve) => setTimeout(resolve, END_MS))]);
      removeData(dataDir);
    },
  };
}

async function ready(up: ChildProcess): Promise<void> {
  const said: string[] = [];
  const keep = (line: string): void => void said.push(line);
  const { stdout, stderr } = up;
  if (stdout === null || stderr === null) throw new Error('both streams are pipes');
  createInterface({ input: stderr }).on('line', keep);
  const lines = createInterface({ input: stdout }).on('line', keep);
  const outcome = await Promise.race([
    new Promise<'ready'>((resolve) => lines.on('line', (line) => line.includes('"ready":true') && resolve('ready'))),
    once(up, 'exit').then(() => 'ended' as const),
    new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), READY_MS).unref()),
  ]);
  if (outcome === 'ready') return;
  up.kill('SIGTERM');
  throw new Error(`trii up: ${outcome}. It said:\n${said.join('\n')}`);
}

async function runTrii(args: readonly string[]) {
  const child = spawn(process.execPath, ['apps/cli/src/main.ts', ...args], { cwd: checkout, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, ...texts };
}
