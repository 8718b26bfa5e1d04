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
  const postgresPort = portOf('postgres');
  const redisPort = portOf('redis');
  if (postgresPort === undefined || redisPort === undefined) {
    throw new CodedError('NOT_RUNNING', `Nothing runs from ${folder.dir}. Start it with "npm start", or set the six server variables.`);
  }
  return { servers: serverUrlsOf(urlsOf({ secrets: openSecrets(folder), postgresPort, redisPort }), DATABASE), apiUrl };
}

const portOfPart = (run: Run, name: string): number | undefined => run.parts.find((part) => part.name === name)?.port;
