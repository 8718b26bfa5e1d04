import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { CodedError } from '@trii/kernel';

/** Spawn options that run a server as somebody else; empty for an ordinary user. */
export type ServerUser = { readonly uid: number; readonly gid: number } | Record<string, never>;

const OWN_USER = 'trii-postgres';
const KNOWN_USERS = ['postgres', OWN_USER];

/**
 * PostgreSQL refuses to run as root. Root therefore runs it as whoever owns the existing data, else as the system's postgres user,
 * else as a system user made for it.
 */
export function serverUser(existingData: string | undefined): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const owner = existingData === undefined ? undefined : statSync(existingData, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of KNOWN_USERS) {
    const user = lookUp(name);
    if (user !== undefined) return user;
  }
  return createOwnUser();
}

function lookUp(name: string): ServerUser | undefined {
  const [, , uid, gid] =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find((fields) => fields[0] === name) ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function createOwnUser(): ServerUser {
  const made = spawnSync(
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', OWN_USER],
    { encoding: 'utf8', timeout: 30_000 },
  );
  const user = lookUp(OWN_USER);
  if (user === undefined) {
    throw new CodedError(
      'NO_SYSTEM_USER',
      `PostgreSQL does not run as root, and no system user could be made for it (${made.error?.message ?? made.stderr.trim()}). Make a user named ${OWN_USER}, or start as an ordinary user.`,
    );
  }
  return user;
}
