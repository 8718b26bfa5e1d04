import { bootstrapRoles, migrate } from '@trii/db';
import { CodedError } from '@trii/kernel';
import { type DataFolder, dataFolder, endLeftovers, openDataFolder, removeData, type ServerUrls, startStack } from '@trii/stack';
import { Client } from 'pg';
import type { BenchPlace } from './claim.ts';

const DATABASE = 'trii_bench';

export interface ServersWish {
  /** A folder of the bench's own, emptied first and removed at the end. */
  readonly dir: string;
  /** Servers of the environment; the embedded ones are started when left out. */
  readonly given: ServerUrls | undefined;
  readonly onStep: (step: string) => void;
}

export interface BenchServers extends BenchPlace, AsyncDisposable {
  /** What of the database decides how fast it is. */
  readonly database: DatabaseFacts;
}

export interface DatabaseFacts {
  readonly version: string;
  readonly seriesEngine: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly sharedBuffers: string;
  readonly isEmbedded: boolean;
}

/** The servers to measure on, migrated: embedded ones on a folder of their own, as durable as those of `npm start`, or the given ones. */
export async function openBenchServers(wish: ServersWish): Promise<BenchServers> {
  await removeLeftovers(dataFolder(wish.dir));
  const folder = openDataFolder(wish.dir);
  const opened = wish.given === undefined ? await startEmbedded(folder, wish.onStep) : await useGiven(wish.given, folder);
  const close = async (): Promise<void> => {
    await opened.stop();
    removeData(folder.dir);
  };
  try {
    await migrate({ ownerUrl: opened.servers.DATABASE_OWNER_URL });
    const facts = await askDatabase(opened.servers.DATABASE_OWNER_URL);
    const database = { ...facts, isEmbedded: wish.given === undefined };
    return { servers: opened.servers, folder, database, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A bench that was killed leaves its folder: nothing in it is worth keeping. @throws CodedError ALREADY_RUNNING */
async function removeLeftovers(folder: DataFolder): Promise<void> {
  await endLeftovers(folder);
  removeData(folder.dir);
}

interface Opened {
  readonly servers: ServerUrls;
  stop(): Promise<void>;
}

async function startEmbedded(folder: DataFolder, onStep: (step: string) => void): Promise<Opened> {
  const stack = await startStack({ dataDir: folder.dir, durable: true, preferredPorts: { postgres: 0, redis: 0 }, onStep });
  try {
    await bootstrapRoles({ adminUrl: stack.postgres.adminUrl, secrets: stack.secrets, database: DATABASE });
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return { servers: stack.serverUrls(DATABASE), stop: () => stack.stop() };
}

/** The tables of prices are emptied again and again, so a database that serves must never be taken by mistake. */
async function useGiven(servers: ServerUrls, folder: DataFolder): Promise<Opened> {
  const named = Object.entries(servers).filter(([name]) => name.startsWith('DATABASE_'));
  const other = named.find(([, url]) => !new URL(url).pathname.includes('bench'));
  if (other === undefined) return { servers, stop: () => Promise.resolve() };
  removeData(folder.dir);
  throw new CodedError(
    'DATABASE_NOT_FOR_BENCH',
    `A bench fills and empties tables. ${other[0]} names a database without "bench" in its name: give the bench one of its own, such as ${DATABASE}, or unset the six server variables for embedded servers.`,
  );
}

async function askDatabase(url: string): Promise<Omit<DatabaseFacts, 'isEmbedded'>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Omit<DatabaseFacts, 'isEmbedded'>>(`
      SELECT current_setting('server_version') AS version, series_engine() AS "seriesEngine", current_setting('fsync') AS fsync,
        current_setting('synchronous_commit') AS "synchronousCommit", current_setting('shared_buffers') AS "sharedBuffers"`);
    const [facts] = rows;
    if (facts === undefined) throw new CodedError('DATABASE_SILENT', 'The database did not say how it is set.');
    return facts;
  } finally {
    await client.end();
  }
}
