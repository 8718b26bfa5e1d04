import { subscriptions } from '@trii/contract';
import {
  type Bank,
  type Caching,
  cacheRules,
  createExecutor,
  deliveriesOf,
  Failure,
  type Logger,
  type MailSender,
  type Ports,
  sessionLimitsByDefault,
  type TransactionHost,
} from '@trii/domain';
import {
  assertServingLogin,
  auditSigningKey,
  type Config,
  blobSettings,
  configuredBlobs,
  connectBlocking,
  connectCache,
  closeOrm,
  createOrm,
  createTransactionHost,
  folderMail,
  keyRingVault,
  localScreening,
  rateSourceOf,
  openCacheLink,
  openQueues,
  redisLivePublisher,
  redisReadCache,
  simulatedBank,
  smtpMail,
} from '@trii/infra';
import { createSchedules, queues } from '@trii/jobs';
import { systemClock } from '@trii/kernel';
import { startHealthServer } from './health-server.ts';
import { inTime } from './in-time.ts';
import { startQueues } from './start-queues.ts';
import { startRelay } from './start-relay.ts';

export const workersSettings = [
  'DATABASE_WORKER_URL',
  'REDIS_QUEUE_URL',
  'REDIS_CACHE_URL',
  'PII_MASTER_KEYS',
  'PII_BLIND_INDEX_KEY',
  ...blobSettings,
  'WORKERS_PORT',
  'HOST',
  'AUDIT_SIGNING_KEY',
  'SMTP_URL',
  'MAIL_FROM',
  'MAIL_FOLDER',
  'QUEUE_PREFIX',
  'JOB_LOCK_MS',
  'JOB_STALLED_MS',
  'JOB_OVERDUE_SECONDS',
  'SIMULATED_BANK_SEED',
  'SIMULATED_BANK_DELAY_MS',
  'RATE_SOURCE',
  'TRII_LIFELINE',
] as const satisfies readonly (keyof Config)[];

type Optional =
  | 'SIMULATED_BANK_SEED'
  | 'SIMULATED_BANK_DELAY_MS'
  | (typeof blobSettings)[number]
  | 'RATE_SOURCE'
  | 'SMTP_URL'
  | 'MAIL_FROM'
  | 'MAIL_FOLDER'
  | 'TRII_LIFELINE';
export type WorkersConfig = Pick<Config, Exclude<(typeof workersSettings)[number], Optional>> & Partial<Pick<Config, Optional>>;

export interface Workers {
  readonly port: number;
  /** Takes nothing new, lets batches end between two chunks, then closes what it used. @throws when that took too long */
  stop(): Promise<void>;
}

/** The relay, the sweeper, the readiness check, and one for each job at work. */
const POOL_SIZE = 3 + Object.values(queues).reduce((sum, { concurrency }) => sum + concurrency, 0);
const STOP_MAX_MS = 10_000;

/** Nobody signs in here and nobody listens: of the outside, system operations reach keys, documents, providers, mails and the bank alone. */
const noPorts: Omit<Ports, 'vault' | 'bank' | 'blobs' | 'screening' | 'mail'> = {
  passwords: { hash: unreachable, verify: unreachable, isOutdated: unreachable, isCommon: unreachable },
  sessions: { find: unreachable, end: unreachable },
  tokens: { issue: unreachable, hash: unreachable },
  throttle: { begin: unreachable, succeeded: unreachable },
  sessionLimits: sessionLimitsByDefault,
  live: { subscribe: unreachable },
};

function unreachable(): never {
  throw new Error('the workers run system operations only; investors come through the api');
}

const bankOf = (config: WorkersConfig, transactions: TransactionHost): Bank =>
  simulatedBank({
    transactions,
    clock: systemClock,
    seed: config.SIMULATED_BANK_SEED ?? 1,
    delayMsMax: config.SIMULATED_BANK_DELAY_MS ?? 3_000,
  });

/** With neither, each mail's job fails, is tried again, and then waits among the dead for an operator who sets one. */
function mailOf({ SMTP_URL: url, MAIL_FROM: from = 'TRII <no-reply@localhost>', MAIL_FOLDER: folder }: WorkersConfig): MailSender {
  if (url !== undefined) return smtpMail({ url, from });
  if (folder !== undefined) return folderMail(folder, systemClock);
  return { send: () => Promise.reject(new Failure('UNAVAILABLE', { missing: 'SMTP_URL' })) };
}

/** Wires the workers and starts them. @throws when the login may do more than serve, or a server cannot be reached */
export async function startWorkers(config: WorkersConfig, logger: Logger): Promise<Workers> {
  const orm = await createOrm({ url: config.DATABASE_WORKER_URL, poolSize: POOL_SIZE, applicationName: 'trii-workers' });
  await assertServingLogin(orm);
  const transactions = await createTransactionHost({ worker_role: orm });
  const onError = (error: Error): void => logger.warn({ error }, 'redis');
  // Adding jobs must fail, not wait, while a transaction is open; taking them waits as long as it takes.
  const adding = connectCache(config.REDIS_QUEUE_URL, onError);
  const taking = connectBlocking(config.REDIS_QUEUE_URL, onError);
  const queueSet = openQueues({ names: Object.keys(queues), connection: adding, prefix: config.QUEUE_PREFIX, onError });
  const stopping = new AbortController();
  // Here it is only told what is no longer true: nobody reads through it.
  const link = openCacheLink({ url: config.REDIS_CACHE_URL, logger });
  const cache: Caching = { store: redisReadCache({ link, clock: systemClock, logger }), rules: cacheRules };
  const vault = keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  const bank = bankOf(config, transactions);
  const personal = { vault, blobs: configuredBlobs(config), screening: localScreening() };
  const ports = { ...noPorts, ...personal, bank, mail: mailOf(config) };
  const executor = createExecutor({ transactions, clock: systemClock, ports, logger, subscriptions, cache });
  const schedules = createSchedules({
    auditSigner: auditSigningKey(config.AUDIT_SIGNING_KEY),
    bank,
    ...(config.RATE_SOURCE === undefined ? {} : { rateSource: rateSourceOf(config.RATE_SOURCE, systemClock) }),
  });

  const relay = await startRelay({
    config,
    transactions,
    queueSet,
    live: redisLivePublisher(adding),
    cache,
    schedules,
    logger,
    signal: stopping.signal,
  });
  const taken = startQueues({
    config,
    connection: taking,
    parts: { executor, deliveries: deliveriesOf(transactions), logger },
    schedules,
    signal: stopping.signal,
    onError,
  });
  const health = startHealthServer(config, async () => {
    relay.assertAlive();
    await adding.ping();
    await transactions.read({ role: 'worker_role', userId: null }, async (sql) => void (await sql`SELECT 1`));
  });
  logger.info({ port: health.port, queues: Object.keys(queues) }, 'the workers run');

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all([relay.ended, taken.close()]);
    await queueSet.close();
    adding.disconnect();
    taking.disconnect();
    link.close();
    await closeOrm(orm);
    await health.stop();
  }
  return {
    port: health.port,
    stop: () => inTime(stop(), STOP_MAX_MS, 'the jobs at work did not end in time; they are taken up again elsewhere'),
  };
}
