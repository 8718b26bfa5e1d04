import type { monitoring, OutputOf } from '@trii/contract';
import { handlers } from '@trii/domain';
import { connectCache } from '@trii/infra';
import { pendingMigrations } from '@trii/db';
import { inspectLogin, inspectSeriesEngine, type LoginFindings, type SeriesEngineFindings, type ServerUrls } from '@trii/stack';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { type Check, failed, type Finding, messageOf, notChecked, ok, warning } from './finding.ts';
import { auditFinding, batchesFinding } from './work-checks.ts';

const OLDEST_MAJOR = 15;
const NOT_RUNNING = 'the servers do not run; start them with "npm start" and ask again';

const SERVING = { DATABASE_URL: 'api', DATABASE_WORKER_URL: 'worker', DATABASE_OPERATOR_URL: 'operator' } as const;

export function databaseChecks(servers: ServerUrls | undefined): Check[] {
  const using =
    (run: (servers: ServerUrls) => Promise<Finding>): (() => Promise<Finding> | Finding) =>
    () =>
      servers === undefined ? notChecked(NOT_RUNNING) : run(servers);
  return [
    { title: 'database', run: using((urls) => databaseFinding(urls.DATABASE_OWNER_URL)) },
    ...Object.entries(SERVING).map(([variable, name]) => ({
      title: `login of the ${name}`,
      run: using(async (urls) => loginFinding(await inspectLogin(urls[variable as keyof typeof SERVING]))),
    })),
    { title: 'migrations', run: using(migrationFinding) },
    { title: 'series engine', run: using(engineFinding) },
    { title: 'statistics', run: using(statisticsFinding) },
    { title: 'batches', run: using(batchesFinding) },
    { title: 'audit trail', run: using(auditFinding) },
    { title: 'queue Redis', run: using((urls) => queueFinding(urls.REDIS_QUEUE_URL)) },
    { title: 'cache Redis', run: using((urls) => pingFinding(urls.REDIS_CACHE_URL)) },
  ];
}

async function databaseFinding(ownerUrl: string): Promise<Finding> {
  const { serverVersion, login } = await inspectLogin(ownerUrl);
  if (Number.parseInt(serverVersion, 10) >= OLDEST_MAJOR) return ok(`PostgreSQL ${serverVersion}, reached as ${login}`);
  return failed(`PostgreSQL ${serverVersion} is too old`, `use PostgreSQL ${OLDEST_MAJOR} or later`);
}

/** A login that serves traffic must be unable to step around row-level security. */
export function loginFinding({ login, isSuperuser, bypassesRowSecurity, isOwner }: LoginFindings): Finding {
  if (isSuperuser)
    return failed(`${login} is a superuser`, `ALTER ROLE ${login} NOSUPERUSER, or give the part its own login (docs/OPERATIONS.md)`);
  if (bypassesRowSecurity) return failed(`${login} bypasses row-level security`, `ALTER ROLE ${login} NOBYPASSRLS`);
  if (isOwner)
    return failed(
      `${login} owns tables or the database, or may become their owner`,
      'let trii_owner own them, and revoke it from this login',
    );
  return ok(`${login}: no superuser, bound by row-level security, owns nothing`);
}

async function migrationFinding(servers: ServerUrls): Promise<Finding> {
  const pending = await pendingMigrations({ ownerUrl: servers.DATABASE_OWNER_URL });
  return pending.length === 0
    ? ok('all have run')
    : warning(`${pending.length} to run, from ${pending[0] ?? ''}`, 'run "npm start" or "trii migrate"');
}

async function engineFinding(servers: ServerUrls): Promise<Finding> {
  return seriesEngineFinding(await inspectSeriesEngine(servers.DATABASE_OWNER_URL));
}

/** Native partitions serve everywhere; where TimescaleDB could serve and does not, it is worth a word. */
export function seriesEngineFinding({ engine, timescaleVersion, timescaleLicense }: SeriesEngineFindings): Finding {
  if (engine === null) return notChecked('chosen by the first migration');
  const build =
    timescaleVersion === null
      ? 'no TimescaleDB in this database'
      : `TimescaleDB ${timescaleVersion}, ${timescaleLicense === 'timescale' ? 'community licence' : `licence "${timescaleLicense ?? 'unknown'}"`}`;
  if (engine !== 'timescale') {
    const couldMove = timescaleLicense === 'timescale';
    return ok(`${engine} partitions; ${build}${couldMove ? ': "trii migrate --series timescale" would move the series to it' : ''}`);
  }
  if (timescaleLicense === 'timescale') return ok(build);
  return failed(
    `the series are kept by TimescaleDB, and this is ${build}: no rollup is refreshed and nothing is compressed`,
    "use TimescaleDB's community build and set timescaledb.license = 'timescale' (docs/OPERATIONS.md)",
  );
}

type Visibility = OutputOf<typeof monitoring.slowQueries>['visibility'];

async function statisticsFinding(servers: ServerUrls): Promise<Finding> {
  await using desk = await openOperatorDesk(servers, () => undefined);
  const { visibility } = await desk.executor.run(handlers.monitoring.slowQueries, desk.call({ limit: 1 }));
  return visibilityFinding(visibility);
}

/** The platform runs without; operators then see less. */
export function visibilityFinding(visibility: Visibility): Finding {
  const mends: Readonly<Record<Exclude<Visibility, 'all'>, string>> = {
    hidden: 'ALTER ROLE definer_role INHERIT; GRANT pg_read_all_stats TO definer_role (docs/OPERATIONS.md)',
    missing: 'CREATE EXTENSION pg_stat_statements, as an administrator',
    not_loaded: 'add pg_stat_statements to shared_preload_libraries and restart PostgreSQL',
  };
  if (visibility === 'all') return ok('connections and slow statements are seen: trii monitor');
  return warning(`slow statements are not seen (${visibility.replace('_', ' ')})`, mends[visibility]);
}

async function queueFinding(url: string): Promise<Finding> {
  return withRedis(url, async (redis) => {
    const [, policy] = await redis.config('GET', 'maxmemory-policy');
    if (policy === 'noeviction') return ok('reached; evicts nothing');
    return failed(`maxmemory-policy is ${policy ?? 'unknown'}: jobs may vanish`, 'set maxmemory-policy noeviction on the queue Redis');
  });
}

const pingFinding = (url: string): Promise<Finding> => withRedis(url, async (redis) => ok(`reached (${await redis.ping()})`));

async function withRedis(url: string, ask: (redis: ReturnType<typeof connectCache>) => Promise<Finding>): Promise<Finding> {
  let trouble = '';
  const redis = connectCache(url, (error) => (trouble = messageOf(error)));
  try {
    return await ask(redis);
  } catch (error) {
    return failed(
      trouble === '' ? messageOf(error) : trouble,
      'check the address and password of the Redis in REDIS_QUEUE_URL and REDIS_CACHE_URL',
    );
  } finally {
    redis.disconnect();
  }
}
