import { blobSettings, createLogger, endWithParent, readConfig } from '@trii/infra';
import { startApi } from './server.ts';

const config = readConfig([
  'DATABASE_URL',
  'DATABASE_OPERATOR_URL',
  'REDIS_CACHE_URL',
  'REDIS_QUEUE_URL',
  'API_PORT',
  'HOST',
  'PASSWORD_PEPPER',
  'PII_MASTER_KEYS',
  'PII_BLIND_INDEX_KEY',
  ...blobSettings,
  'BCRYPT_COST',
  'SESSION_LIFETIME_SECONDS',
  'SESSION_IDLE_SECONDS',
  'STEP_UP_SECONDS',
  'SECOND_FACTOR_OF',
  'READ_CACHE',
  'ALLOWED_ORIGINS',
  'TRUSTED_PROXIES',
  'RATE_LIMIT_SESSION',
  'RATE_LIMIT_KEY',
  'RATE_LIMIT_ADDRESS',
  'SIMULATED_BANK_SEED',
  'LOG_LEVEL',
  'TRII_LIFELINE',
]);
const logger = createLogger('api', config.LOG_LEVEL);
const api = await startApi(config, logger);

let ending = false;
const end = (why: string): void => {
  if (ending) return;
  ending = true;
  logger.info({ why }, 'the api ends');
  api.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ error }, 'the api did not end in order');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', () => end('SIGTERM'));
process.on('SIGINT', () => end('SIGINT'));
endWithParent({ isHeld: config.TRII_LIFELINE === 'stdin', onParentGone: () => end('the parent is gone') });
