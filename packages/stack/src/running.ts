import { spawnSync } from 'node:child_process';
import type { DataFolder } from './data-folder.ts';
import { givenServers, type ServerUrls } from './environment.ts';
import { nativeFolder, programsOf } from './postgres-binaries.ts';
import { isAlive } from './process-identity.ts';
import { presentRedis, redisVersion } from './redis-binary.ts';
import { readRun } from './run-file.ts';
import { openSecrets } from './secrets.ts';
import { binariesPlaces } from './server-places.ts';
import { serverUrlsOf, urlsOf } from './urls.ts';

/** The servers that commands beside `trii up` use: those given from outside, else the embedded ones when they run. */
export function reachableServers(folder: DataFolder, database: string): ServerUrls | undefined {
  return givenServers() ?? embeddedServers(folder, database);
}

function embeddedServers(folder: DataFolder, database: string): ServerUrls | undefined {
  const alive = readRun(folder)?.parts.filter(isAlive) ?? [];
  const portOf = (name: string): number | undefined => alive.find((part) => part.name === name)?.port;
  const [postgresPort, redisPort] = [portOf('postgres'), portOf('redis')];
  if (postgresPort === undefined || redisPort === undefined) return undefined;
  return serverUrlsOf(urlsOf({ secrets: openSecrets(folder), postgresPort, redisPort }), database);
}

/** Versions of the programs that the embedded servers run. */
export function embeddedVersions(): { readonly postgres: string | undefined; readonly redis: string | undefined } {
  const asked = spawnSync(programsOf(nativeFolder()).postgres, ['--version'], { cwd: '/', encoding: 'utf8', timeout: 20_000 });
  const redis = binariesPlaces.map((binaries) => presentRedis({ user: {}, binaries })).find((found) => found !== undefined);
  return { postgres: /\d[\w.]*$/.exec(asked.stdout.trim())?.[0], redis: redis === undefined ? undefined : redisVersion(redis) };
}
