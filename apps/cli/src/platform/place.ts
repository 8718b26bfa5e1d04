import { readConfig } from '@trii/infra';
import { CodedError } from '@trii/kernel';
import {
  askedPort,
  type DataFolder,
  givenServers,
  isRunning,
  openSecrets,
  preferredPorts,
  readRun,
  type Run,
  type ServerUrls,
  serverUrlsOf,
  type StackUrls,
  urlsOf,
} from '@trii/stack';
import { DATABASE } from './platform.ts';

/** Where the platform that a command speaks to is. */
export interface Place {
  readonly servers: ServerUrls;
  readonly apiUrl: string;
}

/**
 * The servers named by the environment, else the embedded ones of the data folder.
 * @throws CodedError NOT_RUNNING when neither is there
 */
export function findPlace(folder: DataFolder): Place {
  const run = readRun(folder);
  const portOf = (name: string): number | undefined => (run !== undefined && isRunning(run) ? portOfPart(run, name) : undefined);
  const apiUrl = `http://127.0.0.1:${portOf('api') ?? askedPort('api') ?? preferredPorts.api}`;
  const given = givenServers();
  if (given !== undefined) return { servers: given, apiUrl };
  return { servers: serverUrlsOf(embeddedUrls(folder), DATABASE), apiUrl };
}

/**
 * The same database as its administrator: of the embedded server, or DATABASE_ADMIN_URL where the servers are named by the environment.
 * @throws CodedError ADMIN_URL_MISSING, NOT_RUNNING
 */
export function findAdminUrl(folder: DataFolder, { servers }: Place): string {
  if (givenServers() === undefined) return embeddedUrls(folder).admin(DATABASE);
  const { DATABASE_ADMIN_URL: adminUrl } = readConfig(['DATABASE_ADMIN_URL']);
  if (adminUrl === undefined) {
    throw new CodedError(
      'ADMIN_URL_MISSING',
      'This fills a database past row-level security: name a superuser of the server in DATABASE_ADMIN_URL.',
    );
  }
  const admin = new URL(adminUrl);
  admin.pathname = new URL(servers.DATABASE_OWNER_URL).pathname;
  return admin.href;
}

function embeddedUrls(folder: DataFolder): StackUrls {
  const run = readRun(folder);
  const portOf = (name: string): number | undefined => (run !== undefined && isRunning(run) ? portOfPart(run, name) : undefined);
  const postgresPort = portOf('postgres');
  const redisPort = portOf('redis');
  if (postgresPort === undefined || redisPort === undefined) {
    throw new CodedError('NOT_RUNNING', `Nothing runs from ${folder.dir}. Start it with "npm start", or set the six server variables.`);
  }
  return urlsOf({ secrets: openSecrets(folder), postgresPort, redisPort });
}

const portOfPart = (run: Run, name: string): number | undefined => run.parts.find((part) => part.name === name)?.port;
