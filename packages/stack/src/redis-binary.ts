import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { environmentPath } from './environment.ts';
import { hasDebianTools, unpackDebianRedis, unpackedRedis } from './redis-debian.ts';
import type { ServerPlaces } from './server-places.ts';
import type { ServerUser } from './system-user.ts';

export interface RedisBinary {
  readonly file: string;
  /** Needed where the program's libraries are not the system's. */
  readonly env: Readonly<Record<string, string>>;
  readonly source: 'path' | 'packages';
}

const NAMES = ['redis-server', 'valkey-server'];
/** Not every shell has the folder in which a system package puts a server. */
const MORE_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin', '/opt/homebrew/opt/redis/bin'];

/**
 * One on the PATH, else Debian's packages unpacked beside us, without touching the system.
 * @throws CodedError NO_REDIS with what to do on this system
 */
export function redisBinary(places: ServerPlaces, onStep: (title: string) => void): RedisBinary {
  const present = presentRedis(places);
  if (present !== undefined) return present;
  if (!hasDebianTools()) throw new CodedError('NO_REDIS', howToInstall());
  onStep('fetching Redis from the Debian packages, into the data folder only');
  const fetched = unpackDebianRedis(places.binaries);
  const trouble = whyNotRun(fetched, places.user);
  if (trouble === undefined) return fetched;
  throw new CodedError('NO_REDIS', `The unpacked Redis does not run here (${trouble}). ${howToInstall()}`);
}

/** What is there already; undefined when it would have to be fetched. */
export function presentRedis({ user, binaries }: Pick<ServerPlaces, 'user' | 'binaries'>): RedisBinary | undefined {
  const candidates = [...onPath(), ...unpackedRedis(binaries)];
  return candidates.find((candidate) => whyNotRun(candidate, user) === undefined);
}

export function howToInstall(): string {
  if (process.platform === 'darwin') return 'Redis is missing: install it with "brew install redis" (or valkey), then start again.';
  if (process.platform === 'win32')
    return 'Redis does not run on Windows itself: start the platform inside WSL2, or set DATABASE_URL, REDIS_QUEUE_URL and the other server variables.';
  return 'Redis is missing: install redis-server or valkey-server with your package manager (dnf install valkey, pacman -S valkey, apk add redis), so that it is on the PATH, then start again.';
}

export function redisVersion(binary: RedisBinary, user: ServerUser = {}): string | undefined {
  return /v=([\d.]+)/.exec(ask(binary, user).stdout ?? '')?.[1];
}

function onPath(): RedisBinary[] {
  const folders = new Set([...environmentPath().split(delimiter), ...MORE_FOLDERS]);
  return [...folders].flatMap((folder) =>
    NAMES.map((name) => join(folder, name))
      .filter(isProgram)
      .map((file) => ({ file, env: {}, source: 'path' as const })),
  );
}

function isProgram(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function whyNotRun(binary: RedisBinary, user: ServerUser): string | undefined {
  const tried = ask(binary, user);
  return tried.status === 0 ? undefined : (tried.error?.message ?? tried.stderr.trim());
}

const ask = (binary: RedisBinary, user: ServerUser) =>
  spawnSync(binary.file, ['--version'], {
    ...user,
    cwd: '/',
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: '/usr/bin:/bin', ...binary.env },
  });
