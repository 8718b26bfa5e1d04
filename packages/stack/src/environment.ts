import { CodedError } from '@trii/kernel';
import { defaultDataDir } from './data-folder.ts';

/** The variables that tell every process of the platform where its servers are. */
export const serverVariables = [
  'DATABASE_URL',
  'DATABASE_WORKER_URL',
  'DATABASE_OPERATOR_URL',
  'DATABASE_OWNER_URL',
  'REDIS_QUEUE_URL',
  'REDIS_CACHE_URL',
] as const;

export type ServerUrls = Readonly<Record<(typeof serverVariables)[number], string>>;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The servers given from outside; undefined when none is, so that the embedded ones are meant.
 * @throws CodedError SERVERS_INCOMPLETE when only some of them are given
 */
export function givenServers(environment: Environment = process.env): ServerUrls | undefined {
  const missing = serverVariables.filter((name) => (environment[name] ?? '') === '');
  if (missing.length === serverVariables.length) return undefined;
  if (missing.length > 0) {
    throw new CodedError(
      'SERVERS_INCOMPLETE',
      `Some servers are given but not ${missing.join(', ')}. Set all six server variables, or none to use the embedded servers.`,
      { details: { missing } },
    );
  }
  return Object.fromEntries(serverVariables.map((name) => [name, environment[name] ?? ''])) as ServerUrls;
}

export const chosenDataDir = (environment: Environment = process.env): string => environment['TRII_DATA_DIR'] || defaultDataDir;

export const environmentPath = (environment: Environment = process.env): string => environment['PATH'] ?? '';

/** The secret of the audit signatures, where it is not the data folder's. */
export const givenSigningKey = (environment: Environment = process.env): string | undefined =>
  environment['AUDIT_SIGNING_KEY'] || undefined;

/** Ports the user asks for by name; such a port is never replaced by another one. */
export function askedPort(name: 'api' | 'workers', environment: Environment = process.env): number | undefined {
  const variable = { api: 'API_PORT', workers: 'WORKERS_PORT' }[name];
  const text = environment[variable] ?? '';
  const port = Number(text);
  if (text === '') return undefined;
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new CodedError('PORT_INVALID', `${variable} is "${text}", not a port. Set a number from 1 to 65535, or leave it out.`);
}

/** A server for tests on this machine, of another version than the embedded one: its superuser's address. It is left full of their databases. */
export function givenTestPostgres(
  environment: Environment = process.env,
): { readonly port: number; readonly password: string } | undefined {
  const address = environment['TEST_POSTGRES_URL'] ?? '';
  if (address === '') return undefined;
  const { hostname, port, username, password } = new URL(address);
  if (username === 'postgres' && password !== '' && ['127.0.0.1', 'localhost'].includes(hostname)) {
    return { port: Number(port || '5432'), password: decodeURIComponent(password) };
  }
  throw new CodedError(
    'TEST_SERVER_INVALID',
    'TEST_POSTGRES_URL names no superuser "postgres" with a password on 127.0.0.1. Set it to such an address, or leave it out.',
  );
}

/** Whether this process was given a pipe that closes when its starter is gone. */
export const isLifelineHeld = (environment: Environment = process.env): boolean => environment['TRII_LIFELINE'] === 'stdin';

export interface PartEnvironment {
  readonly servers: ServerUrls;
  /** Used where the user's own environment says nothing. */
  readonly fallback: Readonly<Record<string, string>>;
  /** Said to this part alone. */
  readonly own: Readonly<Record<string, string>>;
}

/** What a part of the platform is started with: this process's environment without npm's additions, and what the part needs. */
export function partEnvironment(
  { servers, fallback, own }: PartEnvironment,
  environment: Environment = process.env,
): Record<string, string> {
  const inherited = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || /^npm_|^TRII_LIFELINE$/i.test(name) ? [] : [[name, value] as const],
  );
  return { ...fallback, ...Object.fromEntries(inherited), ...servers, ...own };
}
