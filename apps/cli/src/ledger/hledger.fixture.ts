import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { binariesPlaces } from '@trii/stack';

const DEADLINE_MS = 120_000;

/** The real program: what it printed and how it ended. */
export type Hledger = (...args: readonly string[]) => { readonly code: number | null; readonly out: string; readonly err: string };

/**
 * The system's hledger, else Debian's package with what this system lacks for it, unpacked beside the servers' programs. Nothing is installed and no
 * root is needed; apt checks the signatures.
 */
export function findHledger(): Hledger {
  const installed = Bun.which('hledger');
  if (installed !== null) return programAt(installed, {});
  const root = join(binariesPlaces[0], 'hledger');
  const file = join(root, 'usr/bin/hledger');
  if (!existsSync(file)) unpack(root);
  const folders = new Set(globSync('{usr/,}lib/**/*.so*', { cwd: root }).map((library) => join(root, dirname(library))));
  return programAt(file, { LD_LIBRARY_PATH: [...folders].join(':') });
}

function unpack(root: string): void {
  const work = `${root}.${process.pid}.tmp`;
  for (const folder of ['packages', 'root', 'apt/lists/partial', 'apt/cache/archives/partial'])
    mkdirSync(join(work, folder), { recursive: true });
  const packages = join(work, 'packages');
  const ownLists = [
    ['Dir::State', join(work, 'apt')],
    ['Dir::State::Lists', join(work, 'apt/lists')],
    ['Dir::Cache', join(work, 'apt/cache')],
    ['Dir::State::status', '/var/lib/dpkg/status'],
    ['APT::Sandbox::User', ''], // as root apt would step down to a user that cannot enter our folder
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  try {
    if (!download(packages, ['-o', 'APT::Sandbox::User='])) {
      run('apt-get', [...ownLists, '-qq', 'update'], work);
      if (!download(packages, ownLists))
        throw new Error('the Debian package hledger could not be fetched; install hledger, so that it is on the PATH');
    }
    for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb')))
      run('dpkg', ['-x', join(packages, file), join(work, 'root')], work);
    rmSync(root, { recursive: true, force: true });
    renameSync(join(work, 'root'), root);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** False when the lists do not know the package. */
function download(into: string, options: readonly string[]): boolean {
  const plan = run('apt-get', [...options, '-s', '--no-install-recommends', 'install', 'hledger'], into);
  const names = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  return plan.status === 0 && names.length > 0 && run('apt-get', [...options, '-qq', 'download', ...names], into).status === 0;
}

const run = (file: string, args: readonly string[], cwd: string) =>
  spawnSync(file, [...args], {
    cwd,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  });

const programAt =
  (file: string, env: Readonly<Record<string, string>>): Hledger =>
  (...args) => {
    // A Haskell program refuses to read UTF-8 under the C locale.
    const { status, stdout, stderr } = spawnSync(file, [...args], {
      encoding: 'utf8',
      timeout: DEADLINE_MS,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...env },
    });
    return { code: status, out: stdout, err: stderr };
  };
