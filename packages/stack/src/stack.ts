import { openDataFolder } from './data-folder.ts';
import type { ServerUrls } from './environment.ts';
import { choosePort, preferredPorts as defaultPorts } from './ports.ts';
import { databaseUrl, startPostgres } from './postgres.ts';
import { redisUrl, startRedis } from './redis.ts';
import { claimRun, type RunFile } from './run-file.ts';
import { openSecrets, type StackSecrets } from './secrets.ts';
import { serverPlaces } from './server-places.ts';
import type { ServerExit } from './server-process.ts';

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

type UrlOf = (database: string) => string;

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
  readonly urls: { readonly owner: UrlOf; readonly api: UrlOf; readonly worker: UrlOf; readonly operator: UrlOf; readonly admin: UrlOf };
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
    const postgresPort = await choosePort(folder, 'postgres', preferredPorts.postgres ?? defaultPorts.postgres);
    const postgres = await startPostgres({ ...shared, port: postgresPort });
    started.push(postgres);
    const redisPort = await choosePort(folder, 'redis', preferredPorts.redis ?? defaultPorts.redis);
    const redis = await startRedis({ ...shared, port: redisPort });
    started.push(redis);
    return describe({ postgres, redis, secrets, stop: stopAll });
  } catch (error) {
    await stopAll();
    throw error;
  }
}

interface Started {
  readonly postgres: Awaited<ReturnType<typeof startPostgres>>;
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  readonly secrets: StackSecrets;
  readonly stop: () => Promise<void>;
}

function describe({ postgres, redis, secrets, stop }: Started): Stack {
  const as =
    (login: keyof StackSecrets): UrlOf =>
    (database) =>
      databaseUrl({ login, password: secrets[login], port: postgres.port, database });
  const urls = {
    owner: as('trii_owner'),
    api: as('trii_api'),
    worker: as('trii_worker'),
    operator: as('trii_operator'),
    admin: as('postgres'),
  };
  const queueUrl = redisUrl(secrets.redis, redis.port, 0);
  const cacheUrl = redisUrl(secrets.redis, redis.port, 1);
  let stopping: Promise<void> | undefined;
  return {
    postgres: { port: postgres.port, pid: postgres.pid, adminUrl: urls.admin('postgres') },
    redis: { port: redis.port, pid: redis.pid, url: queueUrl, queueUrl, cacheUrl },
    secrets,
    urls,
    serverUrls: (database) => ({
      DATABASE_URL: urls.api(database),
      DATABASE_WORKER_URL: urls.worker(database),
      DATABASE_OPERATOR_URL: urls.operator(database),
      DATABASE_OWNER_URL: urls.owner(database),
      REDIS_QUEUE_URL: queueUrl,
      REDIS_CACHE_URL: cacheUrl,
    }),
    stop: () => (stopping ??= stop()),
    onExit(listener) {
      postgres.onExit(listener);
      redis.onExit(listener);
    },
  };
}
