import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CodedError } from '@trii/kernel';
import type { RedisBinary } from './redis-binary.ts';

const APT_DEADLINE_MS = 120_000;
/** Debian names the server's program so, whichever link points at it; it tells its role from the name it is called by. */
const PROGRAM = 'usr/bin/redis-server';

export const hasDebianTools = (): boolean => ['/usr/bin/apt-get', '/usr/bin/dpkg'].every((tool) => existsSync(tool));

export function unpackedRedis(binaries: string): RedisBinary[] {
  const root = join(binaries, 'redis');
  return existsSync(join(root, PROGRAM)) ? [binaryIn(root)] : [];
}

/**
 * Downloads redis-server and what the system lacks for it, and unpacks them. Nothing is installed and no root is needed: where apt has
 * no usable lists, it fetches them into a folder of our own. apt checks the signatures with the system's keys as always.
 */
export function unpackDebianRedis(binaries: string): RedisBinary {
  const work = join(binaries, `redis.${process.pid}.tmp`);
  rmSync(work, { recursive: true, force: true });
  const packages = join(work, 'packages');
  const root = join(work, 'root');
  for (const folder of [packages, root]) mkdirSync(folder, { recursive: true });
  try {
    if (!download([], packages)) downloadWithOwnLists(work, packages);
    for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb'))) {
      command('dpkg', ['-x', join(packages, file), root], root);
    }
    const place = join(binaries, 'redis');
    rmSync(place, { recursive: true, force: true });
    renameSync(root, place);
    return binaryIn(place);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function downloadWithOwnLists(work: string, packages: string): void {
  const state = join(work, 'apt');
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(state, folder), { recursive: true });
  const options = [
    ['Dir::State', state],
    ['Dir::State::Lists', join(state, 'lists')],
    ['Dir::Cache', join(state, 'cache')],
    ['Dir::State::status', '/var/lib/dpkg/status'],
    ['APT::Sandbox::User', ''], // as root apt would step down to a user that cannot enter our folder
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  command('apt-get', [...options, '-qq', 'update'], work);
  if (!download(options, packages)) {
    throw new CodedError(
      'NO_REDIS',
      'Redis is missing and the Debian packages redis-server and its libraries could not be fetched. Check the network and /etc/apt, or install Redis by hand: apt-get install redis-server.',
    );
  }
}

/** False when the lists do not know the package, or know a version that the mirror no longer has. */
function download(options: readonly string[], into: string): boolean {
  // The simulation names exactly what this system lacks, as name (version …).
  const plan = run('apt-get', [...options, '-s', '--no-install-recommends', 'install', 'redis-server'], into);
  const names = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  if (plan.status !== 0 || names.length === 0) return false;
  return run('apt-get', [...options, '-qq', '-o', 'APT::Sandbox::User=', 'download', ...names], into).status === 0;
}

function command(file: string, args: readonly string[], cwd: string): void {
  const done = run(file, args, cwd);
  if (done.status !== 0) {
    throw new CodedError(
      'NO_REDIS',
      `Redis is missing and could not be fetched: ${file} failed (${done.error?.message ?? done.stderr.trim().split('\n').at(-1) ?? ''}). Check the network, or install Redis by hand: apt-get install redis-server.`,
    );
  }
}

const run = (file: string, args: readonly string[], cwd: string) =>
  spawnSync(file, [...args], {
    cwd,
    encoding: 'utf8',
    timeout: APT_DEADLINE_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });

function binaryIn(root: string): RedisBinary {
  const folders = new Set(globSync('{usr/,}lib/**/*.so*', { cwd: root }).map((file) => join(root, dirname(file))));
  return { file: join(root, PROGRAM), env: { LD_LIBRARY_PATH: [...folders].join(':') }, source: 'packages' };
}
