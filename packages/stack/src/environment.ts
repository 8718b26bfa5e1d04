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

/** What a part of the platform is started with: this process's environment without npm's own, the servers, and what is its own. */
export function partEnvironment(
  servers: ServerUrls,
  own: Readonly<Record<string, string>>,
  environment: Environment = process.env,
): Record<string, string> {
  const inherited = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || /^npm_/i.test(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(inherited), ...servers, ...own };
}
