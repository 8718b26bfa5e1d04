import { openDataFolder } from './data-folder.ts';
import type { ServerUrls } from './environment.ts';
import { onFreePort, preferredPorts as defaultPorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { claimRun, type RunFile } from './run-file.ts';
import { openSecrets, type StackSecrets } from './secrets.ts';
import { serverPlaces } from './server-places.ts';
import type { ServerExit, ServerProcess } from './server-process.ts';
import { serverUrlsOf, type StackUrls, urlsOf } from './urls.ts';

export interface StackOptions {
  readonly dataDir: string;
  /** False trades crash safety for speed: for tests, whose data is thrown away. */
  readonly durable: boolean;
  readonly preferredPorts?: { readonly postgres?: number; readonly redis?: number };
  /** Called as each step begins. */
  readonly onStep?: (title: string) => void;
  /** A run that was claimed already, by a caller that tracks more processes in it; the caller then releases it. */
  readonly run?: RunFile;
}

export interface Stack {
  readonly postgres: { readonly port: number; readonly pid: number; readonly adminUrl: string };
  readonly redis: {
    readonly port: number;
    readonly pid: number;
    readonly url: string;
    readonly queueUrl: string;
    readonly cacheUrl: string;
  };
  readonly secrets: StackSecrets;
  /** Connection strings per login, for a database. */
  readonly urls: StackUrls;
  /** What the platform's processes are given to use this stack with that database. */
  serverUrls(database: string): ServerUrls;
  /** Redis, then PostgreSQL; safe to call more than once. */
  stop(): Promise<void>;
  /** Called when a server ends without having been asked to. */
  onExit(listener: (exit: ServerExit) => void): void;
}

/**
 * Starts the embedded PostgreSQL 18 and Redis on the data folder, ending first what a killed run of it left. Servers that are up when a
 * later step fails are stopped again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, durable, onStep = () => undefined, preferredPorts = {} } = options;
  const folder = openDataFolder(dataDir);
  const run =
    options.run ?? (await claimRun(folder, (part) => onStep(`ending ${part.name} (pid ${part.pid}), left by a run that was killed`)));
  const release = (): void => (options.run === undefined ? run.release() : undefined);
  const started: { stop(): Promise<void> }[] = [];
  const stopAll = async (): Promise<void> => {
    for (const server of started.toReversed()) await server.stop();
    release();
  };
  try {
    const secrets = openSecrets(folder);
    const places = serverPlaces(folder);
    if (places.note !== undefined) onStep(places.note);
    const shared = { folder, places, secrets, durable, run, onStep };
    const ports = { ...defaultPorts, ...preferredPorts };
    const postgres = await onFreePort(folder, { name: 'postgres', preferred: ports.postgres }, (port) =>
      startPostgres({ ...shared, port }),
    );
    started.push(postgres);
    const redis = await onFreePort(folder, { name: 'redis', preferred: ports.redis }, (port) => startRedis({ ...shared, port }));
    started.push(redis);
    return describe({ postgres, redis, secrets, stop: stopAll });
  } catch (error) {
    await stopAll();
    throw error;
  }
}

interface Started {
  readonly postgres: ServerProcess;
  readonly redis: ServerProcess;
  readonly secrets: StackSecrets;
  readonly stop: () => Promise<void>;
}

function describe({ postgres, redis, secrets, stop }: Started): Stack {
  const urls = urlsOf({ secrets, postgresPort: postgres.port, redisPort: redis.port });
  let stopping: Promise<void> | undefined;
  return {
    postgres: { port: postgres.port, pid: postgres.pid, adminUrl: urls.admin('postgres') },
    redis: { port: redis.port, pid: redis.pid, url: urls.queue, queueUrl: urls.queue, cacheUrl: urls.cache },
    secrets,
    urls,
    serverUrls: (database) => serverUrlsOf(urls, database),
    stop: () => (stopping ??= stop()),
    onExit(listener) {
      postgres.onExit(listener);
      redis.onExit(listener);
    },
  };
}
