import { subscriptions } from '@trii/contract';
import { cacheRules, createExecutor, handlers, type Logger, resolveSession } from '@trii/domain';
import {
  assertServingLogin,
  bcryptHasher,
  closeOrm,
  type Config,
  connectBlocking,
  connectCache,
  createOrm,
  createTransactionHost,
  keyRingVault,
  openCacheLink,
  redisLiveReader,
  redisReadCache,
  redisSessionCache,
  sessionTokens,
} from '@trii/infra';
import { systemClock } from '@trii/kernel';
import { createApp } from './app.ts';

export type ApiConfig = Pick<
  Config,
  | 'DATABASE_URL'
  | 'DATABASE_OPERATOR_URL'
  | 'REDIS_CACHE_URL'
  | 'REDIS_QUEUE_URL'
  | 'API_PORT'
  | 'HOST'
  | 'PASSWORD_PEPPER'
  | 'PII_MASTER_KEYS'
  | 'PII_BLIND_INDEX_KEY'
  | 'BCRYPT_COST'
> &
  Partial<Pick<Config, 'READ_CACHE'>>;

export interface Api {
  readonly port: number;
  /** Stops taking calls, lets those under way end, then closes what they used. */
  stop(): Promise<void>;
}

const POOL_SIZE = 10;
const OPERATOR_POOL_SIZE = 3;
/** Feeds stay quiet for longer than Bun's default would allow. */
const IDLE_TIMEOUT_SECONDS = 255;
/** The first calls need not find the cache still connecting; one that is away holds nothing up for longer. */
const CACHE_READY_MS = 1_000;
const DRAIN_MS = 5_000;

/** Wires the api and starts to serve. @throws when a login may do more than serve, or a server cannot be reached */
export async function startApi(config: ApiConfig, logger: Logger): Promise<Api> {
  const investors = await createOrm({ url: config.DATABASE_URL, poolSize: POOL_SIZE, applicationName: 'trii-api' });
  const operators = await createOrm({
    url: config.DATABASE_OPERATOR_URL,
    poolSize: OPERATOR_POOL_SIZE,
    applicationName: 'trii-api-operator',
  });
  await assertServingLogin(investors);
  await assertServingLogin(operators);
  const warn = (error: Error): void => logger.warn({ error }, 'redis');
  const cache = openCacheLink({ url: config.REDIS_CACHE_URL, logger });
  const replay = connectCache(config.REDIS_QUEUE_URL, warn);
  const blocking = connectBlocking(config.REDIS_QUEUE_URL, warn);
  const ending = new AbortController();
  const live = redisLiveReader({ blocking, replay }, logger);
  const reading = live.run(ending.signal);

  const transactions = await createTransactionHost({ anonymous_role: investors, authenticated_user: investors, admin_role: operators });
  const sessions = redisSessionCache(cache, systemClock);
  const reads = redisReadCache({ link: cache, clock: systemClock, logger });
  const passwords = bcryptHasher({ cost: config.BCRYPT_COST, pepper: config.PASSWORD_PEPPER });
  const vault = keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  const executor = createExecutor({
    transactions,
    clock: systemClock,
    ports: { passwords, sessions, tokens: sessionTokens, live, vault },
    logger,
    subscriptions,
    ...(config.READ_CACHE !== 'off' ? { cache: { store: reads, rules: cacheRules } } : {}),
  });
  await cache.ready(CACHE_READY_MS);
  const app = createApp({
    handlers,
    executor,
    logger,
    actorOf: (token) => resolveSession({ tokenHash: sessionTokens.hash(token), sessions, transactions, clock: systemClock }),
    cacheState: () => ({ state: cache.state, ...reads.counts() }),
    checkReady: () => transactions.read({ role: 'anonymous_role', userId: null }, async (sql) => void (await sql`SELECT 1`)),
  });
  const server = Bun.serve({
    hostname: config.HOST,
    port: config.API_PORT,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    fetch: (request, peer) => app.fetch(request, { address: peer.requestIP(request)?.address ?? null }),
  });
  const { port } = server;
  logger.info({ port }, 'the api listens');
  return {
    port: port ?? config.API_PORT,
    async stop() {
      ending.abort();
      // Calls under way end; a feed would not, so after the deadline what is left is cut.
      await Promise.race([server.stop(), new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
      await server.stop(true);
      blocking.disconnect();
      await reading;
      await Promise.all([closeOrm(investors), closeOrm(operators), replay.quit()]);
      cache.close();
    },
  };
}
