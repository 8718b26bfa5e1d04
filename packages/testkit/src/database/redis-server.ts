import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binariesPlaces, presentRedis } from '@trii/stack';
import { invariant } from '@trii/kernel';
import { Redis } from 'ioredis';

/** A Redis of its own, for tests that take it away. */
export interface OwnRedis {
  readonly url: string;
  /** SIGKILL; what it wrote to its log survives. */
  kill(): Promise<void>;
  /** On the same port, with what it had when it was killed, unless it is to start empty. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
  /** SIGSTOP: connections stand, nothing answers. */
  hang(): void;
  resume(): void;
  close(): Promise<void>;
}

const READY_TRIES = 200;
const READY_PAUSE_MS = 25;

export async function startOwnRedis(): Promise<OwnRedis> {
  const binary = binariesPlaces.map((binaries) => presentRedis({ user: {}, binaries })).find((found) => found !== undefined);
  invariant(binary !== undefined, 'the suite runs on a Redis, so its program is here');
  const { file, env } = binary;
  const port = await freePort();
  const folder = () => mkdtempSync(join(tmpdir(), 'trii-redis-'));
  let dir = folder();
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
    ];
    server = spawn(file, options, { env, stdio: 'ignore' });
    await untilReady(port);
  };
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
  await start();
  process.on('exit', () => server.kill('SIGKILL'));
  return {
    url: `redis://127.0.0.1:${port}/0`,
    kill,
    async restart({ empty = false } = {}) {
      if (empty) {
        rmSync(dir, { recursive: true, force: true });
        dir = folder();
      }
      await start();
    },
    hang: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async close() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    redis.on('error', () => undefined);
    const answer = await redis
      .connect()
      .then(() => redis.ping())
      .catch(() => undefined);
    redis.disconnect();
    if (answer === 'PONG') return;
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  throw new Error(`Redis did not come up on port ${port}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
