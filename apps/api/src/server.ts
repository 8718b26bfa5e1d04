import { subscriptions } from '@trii/contract';
import {
  cacheRules,
  type Bank,
  createExecutor,
  Failure,
  handlers,
  type Logger,
  resolveApiKey,
  type Ports,
  resolveSession,
  type SessionCache,
  type SessionLimits,
  sessionLimitsByDefault,
  type TransactionHost,
} from '@trii/domain';
import {
  assertServingLogin,
  bcryptHasher,
  type CacheLink,
  closeOrm,
  type Config,
  configuredBlobs,
  connectBlocking,
  connectCache,
  createOrm,
  createTransactionHost,
  keyRingVault,
  localScreening,
  openCacheLink,
  redisLiveReader,
  redisRateLimiter,
  redisReadCache,
  redisSessionCache,
  processHeader,
  redisSignInThrottle,
  registerSimulated,
  sessionTokens,
  type BlobSettings,
} from '@trii/infra';
import { systemClock } from '@trii/kernel';
import { createApp } from './app.ts';
import { clientAddress } from './door/client-address.ts';
import { defaultLimits } from './door/limits.ts';
import { originCheck } from './door/origins.ts';
import { csrfTokens } from './door/session-cookie.ts';

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
  BlobSettings &
  Partial<
    Pick<
      Config,
      | 'READ_CACHE'
      | 'ALLOWED_ORIGINS'
      | 'TRUSTED_PROXIES'
      | 'RATE_LIMIT_SESSION'
      | 'RATE_LIMIT_KEY'
      | 'RATE_LIMIT_ADDRESS'
      | 'SESSION_LIFETIME_SECONDS'
      | 'SESSION_IDLE_SECONDS'
      | 'STEP_UP_SECONDS'
      | 'SECOND_FACTOR_OF'
      | 'SIMULATED_BANK_SEED'
      | 'TRII_LIFELINE'
    >
  >;

export interface Api {
  readonly port: number;
  /** Stops taking calls, lets those under way end, then closes what they used. */
  stop(): Promise<void>;
}

const POOL_SIZE = 10;
const OPERATOR_POOL_SIZE = 3;
/** A connection that says nothing for so long is closed; Bun itself gives headers 12 seconds, and the door a body 10. */
const IDLE_TIMEOUT_SECONDS = 30;
/** Bun's own bound, before the door's: beyond it not even a typed answer is due. */
const REQUEST_BYTES_MAX = 1024 * 1024;
/** The first calls need not find the cache still connecting; one that is away holds nothing up for longer. */
const CACHE_READY_MS = 1_000;
const DRAIN_MS = 5_000;

const limitsOf = (config: ApiConfig): SessionLimits => ({
  lifetimeSeconds: config.SESSION_LIFETIME_SECONDS ?? sessionLimitsByDefault.lifetimeSeconds,
  idleSeconds: config.SESSION_IDLE_SECONDS ?? sessionLimitsByDefault.idleSeconds,
  stepUpSeconds: config.STEP_UP_SECONDS ?? sessionLimitsByDefault.stepUpSeconds,
});

/** Investors link accounts here; what is paid goes through the workers. */
function bankDesk(seed: number): Bank {
  const away = (): never => {
    throw new Failure('INTERNAL', { bank: 'payments are the business of the workers' });
  };
  return { register: registerSimulated(seed), instruct: away, messages: away, acknowledge: away };
}

/** @throws when a login may do more than serve */
async function openDatabases(config: ApiConfig) {
  const investors = await createOrm({ url: config.DATABASE_URL, poolSize: POOL_SIZE, applicationName: 'trii-api' });
  const operators = await createOrm({
    url: config.DATABASE_OPERATOR_URL,
    poolSize: OPERATOR_POOL_SIZE,
    applicationName: 'trii-api-operator',
  });
  await assertServingLogin(investors);
  await assertServingLogin(operators);
  return { investors, operators };
}

/** Wires the api and starts to serve. @throws when a login may do more than serve, or a server cannot be reached */
export async function startApi(config: ApiConfig, logger: Logger): Promise<Api> {
  const { investors, operators } = await openDatabases(config);
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
  const executor = createExecutor({
    transactions,
    clock: systemClock,
    ports: {
      passwords,
      sessions,
      tokens: sessionTokens,
      throttle: redisSignInThrottle(cache, systemClock),
      sessionLimits: limitsOf(config),
      live,
      ...personalPorts(config),
      // Mails go out from the workers.
      mail: { send: () => Promise.reject(new Failure('UNAVAILABLE')) },
      bank: bankDesk(config.SIMULATED_BANK_SEED ?? 1),
    },
    logger,
    subscriptions,
    secondFactorOf: config.SECOND_FACTOR_OF,
    ...(config.READ_CACHE !== 'off' ? { cache: { store: reads, rules: cacheRules } } : {}),
  });
  await cache.ready(CACHE_READY_MS);
  const app = createApp({
    handlers,
    executor,
    logger,
    ...doorOf(config, { cache, sessions, transactions }),
    cacheState: () => ({ state: cache.state, ...reads.counts() }),
    readyHeaders: processHeader(config.TRII_LIFELINE === 'stdin'),
    checkReady: () => transactions.read({ role: 'anonymous_role', userId: null }, async (sql) => void (await sql`SELECT 1`)),
  });
  const server = listen(app, config);
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

/** What people's data passes: keys, documents, and who is asked about them. */
const personalPorts = (config: ApiConfig): Pick<Ports, 'vault' | 'blobs' | 'screening'> => ({
  vault: keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY }),
  blobs: configuredBlobs(config),
  screening: localScreening(),
});

function listen(app: ReturnType<typeof createApp>, { HOST, API_PORT }: Pick<Config, 'API_PORT' | 'HOST'>) {
  return Bun.serve({
    hostname: HOST,
    port: API_PORT,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    maxRequestBodySize: REQUEST_BYTES_MAX,
    fetch: (request, peer) => {
      // A feed says nothing but its ping, and that only to who still listens.
      if (request.headers.get('accept') === 'text/event-stream') peer.timeout(request, 0);
      return app.fetch(request, { address: peer.requestIP(request)?.address ?? null });
    },
  });
}

interface DoorParts {
  readonly cache: CacheLink;
  readonly sessions: SessionCache;
  readonly transactions: TransactionHost;
}

/** Who calls, from where, and how much. */
function doorOf(config: ApiConfig, { cache, sessions, transactions }: DoorParts) {
  const { RATE_LIMIT_SESSION: session, RATE_LIMIT_KEY: key, RATE_LIMIT_ADDRESS: address } = config;
  const after = (mayAsk: Promise<boolean>): Pick<TransactionHost, 'bulk'> => ({
    bulk: async (as, work) => {
      if (await mayAsk) return transactions.bulk(as, work);
      throw new Failure('RATE_LIMITED');
    },
  });
  return {
    actorOf: ({ hash, is }: { readonly hash: string; readonly is: 'session' | 'key' }, mayAsk: Promise<boolean>) => {
      const lookUp = { tokenHash: hash, sessions, transactions: after(mayAsk), clock: systemClock };
      return is === 'key' ? resolveApiKey(lookUp) : resolveSession(lookUp);
    },
    tokenHashOf: sessionTokens.hash,
    limiter: redisRateLimiter(cache),
    limits: { session: session ?? defaultLimits.session, key: key ?? defaultLimits.key, address: address ?? defaultLimits.address },
    csrf: csrfTokens(config.PASSWORD_PEPPER),
    clientAddress: clientAddress(config.TRUSTED_PROXIES ?? []),
    isAllowedOrigin: originCheck(config.ALLOWED_ORIGINS ?? []),
  };
}
