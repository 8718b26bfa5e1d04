import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { Client } from 'pg';
import type { DataFolder } from './data-folder.ts';
import { POSTGRES_MAJOR, type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { postgresSettings } from './postgres-settings.ts';
import type { RunFile } from './run-file.ts';
import type { StackSecrets } from './secrets.ts';
import { giveTo, privateDir, type ServerPlaces } from './server-places.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { databaseUrl } from './urls.ts';

const SUPERUSER = 'postgres';
const INITDB_DEADLINE_MS = 120_000;
const CLUSTER = [
  `--username=${SUPERUSER}`,
  '--auth-host=scram-sha-256',
  '--auth-local=scram-sha-256',
  '--encoding=UTF8',
  // the same order and case rules on every machine, whatever its libc knows
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
];

export interface PostgresOptions {
  readonly folder: DataFolder;
  readonly places: ServerPlaces;
  readonly secrets: StackSecrets;
  readonly port: number;
  readonly durable: boolean;
  readonly run: RunFile;
  readonly onStep: (title: string) => void;
}

export async function startPostgres(options: PostgresOptions): Promise<ServerProcess> {
  const { folder, places, secrets, port, durable, run } = options;
  const binaries = postgresBinaries(places);
  const data = join(places.data, 'postgres');
  checkDataVersion(data);
  if (!existsSync(data)) {
    options.onStep('making the database cluster');
    initialise(binaries, data, options);
  }
  options.onStep(`starting PostgreSQL on port ${port}`);
  return startServer({
    name: 'postgres',
    file: binaries.postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      ...postgresSettings(durable),
    ],
    user: places.user,
    port,
    logFile: join(folder.logs, 'postgres.log'),
    stopSignal: 'SIGINT', // "fast": ends sessions, writes a checkpoint
    stopDeadlineMs: 30_000,
    orphanSignal: durable ? 'SIGINT' : 'SIGQUIT',
    readyDeadlineMs: 120_000, // crash recovery of a killed start comes first
    isReady: () => answers(databaseUrl({ login: SUPERUSER, password: secrets.postgres, port, database: 'postgres' })),
    run,
  });
}

/**
 * A data folder of another major version is refused, never touched.
 * @throws CodedError DATA_FROM_OTHER_POSTGRES
 */
export function checkDataVersion(data: string): void {
  const file = join(data, 'PG_VERSION');
  if (!existsSync(file)) return;
  const found = readFileSync(file, 'utf8').trim();
  if (found === POSTGRES_MAJOR) return;
  throw new CodedError(
    'DATA_FROM_OTHER_POSTGRES',
    `${data} was made by PostgreSQL ${found}; this version brings PostgreSQL ${POSTGRES_MAJOR}, which does not read it. ` +
      `Move that folder away and start afresh, or bring its data over first with pg_dump and a PostgreSQL ${found} server (docs/OPERATIONS.md).`,
    { details: { found, expected: POSTGRES_MAJOR } },
  );
}

// In a draft folder, renamed when whole: a start killed in between begins again instead of meeting half a cluster.
function initialise(binaries: PostgresBinaries, data: string, { places, secrets, durable }: PostgresOptions): void {
  const draft = privateDir(`${data}.new`, places.user);
  rmSync(draft, { recursive: true });
  privateDir(draft, places.user);
  const passwordFile = join(places.data, '.initdb-password');
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${secrets.postgres}\n`, { mode: 0o600 });
  giveTo(places.user, passwordFile);
  try {
    const made = spawnSync(binaries.initdb, [...CLUSTER, '-D', draft, `--pwfile=${passwordFile}`, ...(durable ? [] : ['--no-sync'])], {
      ...places.user,
      cwd: '/',
      encoding: 'utf8',
      timeout: INITDB_DEADLINE_MS,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    });
    if (made.status !== 0) {
      throw new CodedError(
        'INITDB_FAILED',
        `PostgreSQL could not make its data folder ${draft}: ${made.error?.message ?? made.stderr.trim()}`,
      );
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, data);
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a server that goes while we ask is simply not ready
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch (error) {
    if (isWrongPassword(error)) {
      throw new CodedError(
        'SECRETS_DO_NOT_FIT',
        'PostgreSQL refuses the password in secrets.json: it is not the one this data was made with. Restore the file, or move the data folder away and start afresh.',
        { cause: error },
      );
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const isWrongPassword = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '28P01';
