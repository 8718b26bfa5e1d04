import type { ServerUrls } from './environment.ts';
import type { StackSecrets } from './secrets.ts';

type UrlOf = (database: string) => string;

/** Connection strings of the embedded servers: one function per PostgreSQL login, and Redis's two roles. */
export interface StackUrls {
  readonly owner: UrlOf;
  readonly api: UrlOf;
  readonly worker: UrlOf;
  readonly operator: UrlOf;
  readonly admin: UrlOf;
  readonly queue: string;
  readonly cache: string;
}

interface Where {
  readonly secrets: StackSecrets;
  readonly postgresPort: number;
  readonly redisPort: number;
}

export function urlsOf({ secrets, postgresPort, redisPort }: Where): StackUrls {
  const as =
    (login: 'postgres' | 'trii_owner' | 'trii_api' | 'trii_worker' | 'trii_operator'): UrlOf =>
    (database) =>
      databaseUrl({ login, password: secrets[login], port: postgresPort, database });
  return {
    owner: as('trii_owner'),
    api: as('trii_api'),
    worker: as('trii_worker'),
    operator: as('trii_operator'),
    admin: as('postgres'),
    queue: redisUrl(secrets.redis, redisPort, 0),
    cache: redisUrl(secrets.redis, redisPort, 1),
  };
}

export const serverUrlsOf = (urls: StackUrls, database: string): ServerUrls => ({
  DATABASE_URL: urls.api(database),
  DATABASE_WORKER_URL: urls.worker(database),
  DATABASE_OPERATOR_URL: urls.operator(database),
  DATABASE_OWNER_URL: urls.owner(database),
  REDIS_QUEUE_URL: urls.queue,
  REDIS_CACHE_URL: urls.cache,
});

export const databaseUrl = (to: { login: string; password: string; port: number; database: string }): string =>
  `postgresql://${to.login}:${encodeURIComponent(to.password)}@127.0.0.1:${to.port}/${to.database}`;

const redisUrl = (password: string, port: number, database: number): string =>
  `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
