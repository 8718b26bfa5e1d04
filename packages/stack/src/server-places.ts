import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, type DataFolder, dataFolder, replaceFile } from './data-folder.ts';
import { serverUser, type ServerUser } from './system-user.ts';

/** Where root keeps what the system user must reach when the checkout or the data folder is in a directory closed to it, such as /root. */
const OPEN_TO_ALL = '/var/lib/trii';

/** Where fetched programs may be: usually the first. */
export const binariesPlaces = [join(checkout, '.trii', 'binaries'), join(OPEN_TO_ALL, 'binaries')] as const;

export interface ServerPlaces {
  readonly user: ServerUser;
  /** Holds postgres/ and redis/; the data folder itself wherever that can be. */
  readonly data: string;
  /** Programs that were fetched or copied; shared by all data folders of the checkout. */
  readonly binaries: string;
  /** Said to the user when the data is not in the data folder. */
  readonly note?: string;
}

export function serverPlaces(folder: DataFolder): ServerPlaces {
  const elsewhere = dataElsewhere(folder.dir);
  const user = serverUser(postgresDataPlaces(folder).find((place) => existsSync(place)));
  const [inCheckout, openToAll] = binariesPlaces;
  mkdirSync(inCheckout, { recursive: true });
  const places = { user, data: folder.dir, binaries: canEnter(user, inCheckout) ? inCheckout : openDir(openToAll) };
  if (canEnter(user, folder.dir)) return places;
  const note = `The user that runs PostgreSQL for root cannot enter ${folder.dir}, so the data of PostgreSQL and Redis is in ${elsewhere}.`;
  replaceFile(join(folder.dir, 'WHERE-THE-DATA-IS.txt'), `${note}\n`);
  return { ...places, data: openDir(elsewhere), note };
}

/** Where this data folder's cluster may be, the usual place first. */
export const postgresDataPlaces = (folder: DataFolder): string[] => [
  join(folder.dir, 'postgres'),
  join(dataElsewhere(folder.dir), 'postgres'),
];

/** A folder only the server's user enters. */
export function privateDir(dir: string, user: ServerUser): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  giveTo(user, dir);
  return dir;
}

export function giveTo(user: ServerUser, path: string): void {
  if (isOther(user)) chownSync(path, user.uid, user.gid);
}

/** Deletes a stopped stack's data, wherever it is. */
export function removeData(dir: string): void {
  const at = dataFolder(dir).dir;
  rmSync(dataElsewhere(at), { recursive: true, force: true });
  rmSync(at, { recursive: true, force: true });
}

// Tried rather than judged from modes, since owners, groups and ACLs of every parent have a say.
function canEnter(user: ServerUser, dir: string): boolean {
  if (!isOther(user)) return true;
  return spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', dir], { ...user, cwd: '/' }).status === 0;
}

const isOther = (user: ServerUser): user is { uid: number; gid: number } => 'uid' in user;

const dataElsewhere = (dir: string): string => join(OPEN_TO_ALL, `data-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`);

function openDir(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  return dir;
}
