import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  binariesPlaces,
  checkDataVersion,
  checkout,
  type DataFolder,
  hasDebianTools,
  howToInstall,
  isAlive,
  isPortFree,
  POSTGRES_MAJOR,
  postgresDataPlaces,
  preferredPorts,
  presentRedis,
  readRun,
  rememberedPorts,
} from '@trii/stack';
import { z } from 'zod';
import { type Check, failed, type Finding, messageOf, ok, warning } from './finding.ts';

const NODE_MAJOR_MIN = 20;
const FREE_BYTES_MIN = 2e9;
const FREE_BYTES_COMFORTABLE = 5e9;

export const machineChecks = (folder: DataFolder): Check[] => [
  { title: 'Node', run: () => nodeFinding(versionOf('node')) },
  { title: 'npm', run: () => npmFinding(versionOf('npm')) },
  { title: 'Bun', run: () => bunFinding(process.versions['bun'], pinnedBun()) },
  { title: 'disk space', run: () => diskFinding(folder) },
  { title: 'data folder', run: () => dataFinding(folder) },
  { title: 'Redis program', run: redisFinding },
  ...Object.entries(preferredPorts).map(([name, preferred]) => ({
    title: `port of ${name}`,
    run: () => portFinding(folder, name, preferred),
  })),
];

export function nodeFinding(version: string | undefined): Finding {
  if (version === undefined) return failed('not on the PATH', `install Node ${NODE_MAJOR_MIN} or later from https://nodejs.org`);
  const isNew = Number(/^v?(\d+)/.exec(version)?.[1]) >= NODE_MAJOR_MIN;
  return isNew ? ok(version) : failed(`${version} is too old`, `install Node ${NODE_MAJOR_MIN} or later from https://nodejs.org`);
}

const npmFinding = (version: string | undefined): Finding =>
  version === undefined ? failed('not on the PATH', 'npm comes with Node: install Node from https://nodejs.org') : ok(version);

export function bunFinding(running: string | undefined, pinned: string): Finding {
  if (running === pinned) return ok(running);
  return warning(`this runs on ${running ?? 'something else'}, pinned is ${pinned}`, 'start with "npm start", which takes the pinned one');
}

function pinnedBun(): string {
  const manifest = readFileSync(join(checkout, 'node_modules', 'bun-runtime', 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}

function versionOf(program: string): string | undefined {
  const asked = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] });
  return asked.status === 0 ? asked.stdout.trim() : undefined;
}

function diskFinding(folder: DataFolder): Finding {
  let place = folder.dir;
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  return freeSpaceFinding(bavail * bsize);
}

export function freeSpaceFinding(bytes: number): Finding {
  const text = `${(bytes / 1e9).toFixed(1)} GB free`;
  if (bytes < FREE_BYTES_MIN) return failed(text, 'free at least 2 GB: PostgreSQL stops when its disk is full');
  if (bytes < FREE_BYTES_COMFORTABLE) return warning(text, 'an import of ten million rows takes about 3 GB: free some more');
  return ok(text);
}

function dataFinding(folder: DataFolder): Finding {
  const made = postgresDataPlaces(folder).find((place) => existsSync(place));
  if (made === undefined) return ok(`${folder.dir}: nothing in it yet`);
  try {
    checkDataVersion(made);
    return ok(`${made}: PostgreSQL ${POSTGRES_MAJOR}`);
  } catch (error) {
    return failed(messageOf(error), `move ${made} away, or bring its data over (docs/OPERATIONS.md)`);
  }
}

function redisFinding(): Finding {
  const found = binariesPlaces.map((binaries) => presentRedis({ user: {}, binaries })).find((binary) => binary !== undefined);
  if (found !== undefined) return ok(`${found.file} (${found.source === 'path' ? 'installed' : 'unpacked Debian package'})`);
  if (hasDebianTools()) return ok('none yet: the first start fetches the Debian package into the data folder');
  return failed('none', howToInstall());
}

async function portFinding(folder: DataFolder, name: string, preferred: number): Promise<Finding> {
  const port = rememberedPorts(folder)[name] ?? preferred;
  const user = readRun(folder)?.parts.find((part) => part.port === port && isAlive(part));
  if (user !== undefined) return ok(`${port}, used by our ${user.name} (pid ${user.pid})`);
  if (await isPortFree(port)) return ok(`${port}, free`);
  return warning(`${port} is used by another program`, 'nothing: the next start takes a free port and says which');
}
