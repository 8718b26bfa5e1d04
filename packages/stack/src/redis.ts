import { connect } from 'node:net';
import { join } from 'node:path';
import { replaceFile, type DataFolder } from './data-folder.ts';
import { redisBinary } from './redis-binary.ts';
import type { RunFile } from './run-file.ts';
import type { StackSecrets } from './secrets.ts';
import { giveTo, privateDir, type ServerPlaces } from './server-places.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface RedisOptions {
  readonly folder: DataFolder;
  readonly places: ServerPlaces;
  readonly secrets: StackSecrets;
  readonly port: number;
  readonly durable: boolean;
  readonly run: RunFile;
  readonly onStep: (title: string) => void;
}

export async function startRedis(options: RedisOptions): Promise<ServerProcess> {
  const { folder, places, secrets, port, durable, run, onStep } = options;
  const binary = redisBinary(places, onStep);
  const data = privateDir(join(places.data, 'redis'), places.user);
  const configuration = join(data, 'redis.conf');
  replaceFile(configuration, redisConfiguration({ data, port, password: secrets.redis, durable }), 0o600);
  giveTo(places.user, configuration);
  onStep(`starting Redis on port ${port}`);
  return startServer({
    name: 'redis',
    file: binary.file,
    args: [configuration], // not as arguments: every user sees those
    env: binary.env,
    user: places.user,
    port,
    logFile: join(folder.logs, 'redis.log'),
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 15_000,
    orphanSignal: durable ? 'SIGTERM' : 'SIGKILL',
    readyDeadlineMs: 60_000,
    isReady: () => pongs(port, secrets.redis),
    run,
  });
}

interface ConfigurationValues {
  readonly data: string;
  readonly port: number;
  readonly password: string;
  readonly durable: boolean;
}

/** One instance serves the queue (database 0), which must never lose a key to eviction, and the cache (database 1). */
export function redisConfiguration({ data, port, password, durable }: ConfigurationValues): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quoted(data)}`,
    'databases 128', // a test suite each
    'maxmemory-policy noeviction',
    `appendonly ${durable ? 'yes' : 'no'}`,
    'appendfsync everysec',
    'save ""',
    'daemonize no',
    'logfile ""',
    '',
  ].join('\n');
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

// Two commands in Redis's inline form: a client library for one question would be a dependency for nothing.
function pongs(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (isReady: boolean): void => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (heard.includes('+PONG')) finish(true);
      else if (heard.includes('-')) finish(false); // loading its data, or not our Redis
    });
  });
}
