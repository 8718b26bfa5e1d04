import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@trii/kernel';
import { checkout, choosePort, partEnvironment } from '@trii/stack';
import type { BenchPlace } from './claim.ts';

export interface ChildServer extends AsyncDisposable {
  readonly url: string;
}

export interface ChildServerWish {
  readonly name: string;
  /** The program, from the checkout's root. */
  readonly file: string;
  /** Settings beside those of every child. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What its servers hash passwords with: nothing in a bench is worth a secret. */
export const BENCH_PEPPER = 'trii-bench-has-no-secrets';
const NO_LIMIT = '1000000/1000000';
const READY_DEADLINE_MS = 60_000;
const READY_POLL_MS = 50;
const STOP_DEADLINE_MS = 15_000;
/** What an error said is at its end. */
const COMPLAINT_MAX = 2_000;

/** Keys that guard nothing, so that every server of a bench opens what another wrote. */
const benchKeys = {
  PII_MASTER_KEYS: `bench:${Buffer.alloc(32, 'bench master key').toString('base64url')}`,
  PII_BLIND_INDEX_KEY: Buffer.alloc(32, 'bench blind index').toString('base64url'),
} as const;

/**
 * A server in a process of its own, as `npm start` runs the api: client, server and database then share the cores as they really do. It is told
 * where its servers are by the same variables, and its standard input is its lifeline.
 */
export async function startChildServer(place: BenchPlace, { name, file, settings = {} }: ChildServerWish): Promise<ChildServer> {
  const port = await choosePort(place.folder, { name, preferred: 0 });
  const own = {
    API_PORT: String(port),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    BCRYPT_COST: '4',
    TRII_LIFELINE: 'stdin',
    // Counted like any, so that what the counting costs is in the figures; but one caller makes all the calls here.
    RATE_LIMIT_SESSION: NO_LIMIT,
    RATE_LIMIT_KEY: NO_LIMIT,
    RATE_LIMIT_ADDRESS: NO_LIMIT,
    ...settings,
  };
  const env = partEnvironment({ servers: place.servers, fallback: { PASSWORD_PEPPER: BENCH_PEPPER, ...benchKeys }, own });
  const child = spawn(process.execPath, [file], { cwd: checkout, env, detached: true, stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_MAX);
  });
  child.stdin.on('error', () => undefined); // it ended before its lifeline was let go
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  async function stop(): Promise<void> {
    child.stdin.end();
    const late = sleep(STOP_DEADLINE_MS, 'late', { ref: false });
    if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
    await ended;
  }
  try {
    await untilReady(port, ended);
  } catch {
    await stop();
    throw new CodedError('BENCH_SERVER_NOT_READY', `The ${name} (${file}) did not become ready. Its last words:\n${complaint}`);
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

async function untilReady(port: number, ended: Promise<void>): Promise<void> {
  for (const start = performance.now(); performance.now() - start < READY_DEADLINE_MS;) {
    if (await isReady(port)) return;
    if ((await Promise.race([ended.then(() => 'ended'), sleep(READY_POLL_MS)])) === 'ended') break;
  }
  throw new Error('not ready');
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health/ready', timeout: READY_DEADLINE_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}
