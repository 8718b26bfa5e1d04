import { z } from 'zod';
import { BlindIndexKey, MasterKeys } from './crypto/key-ring.ts';

const Url = (protocol: RegExp) => z.url({ protocol });
const PostgresUrl = Url(/^postgres(ql)?$/);
const RedisUrl = Url(/^rediss?$/);
const Port = z.coerce.number().int().min(0).max(65_535);

/** Several in one variable, separated by commas. */
const listOf = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])))
    .pipe(z.array(item))
    .default([]);
const WebOrigin = z.string().refine((text) => URL.parse(text)?.origin === text, 'an origin such as "https://app.example.com"');
const Network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);
const Limit = z
  .string()
  .regex(/^[1-9]\d{0,6}\/[1-9]\d{0,6}$/, 'burst/perSecond such as "1000/100"')
  .transform((text) => {
    const [burst = 1, perSecond = 1] = text.split('/').map(Number);
    return { burst, perSecond };
  });

const Environment = z.object({
  DATABASE_URL: PostgresUrl,
  DATABASE_WORKER_URL: PostgresUrl,
  DATABASE_OPERATOR_URL: PostgresUrl,
  DATABASE_OWNER_URL: PostgresUrl,
  /** A superuser's, or of a role with BYPASSRLS: for the few commands that fill a database past row-level security. */
  DATABASE_ADMIN_URL: PostgresUrl.optional(),
  REDIS_QUEUE_URL: RedisUrl,
  REDIS_CACHE_URL: RedisUrl,
  API_PORT: Port.default(4400),
  WORKERS_PORT: Port.default(4401),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  PASSWORD_PEPPER: z.string().min(16),
  /** 32 random bytes in base64url: the Ed25519 key that signs the heads of audit chains. */
  AUDIT_SIGNING_KEY: z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url: 43 letters, digits, - and _'),
  /** The ring of master keys, the current one first: `id:key,id:key`. */
  PII_MASTER_KEYS: MasterKeys,
  PII_BLIND_INDEX_KEY: BlindIndexKey,
  /** How long a session lasts in all, and without use; counts for those that begin from then on. */
  SESSION_LIFETIME_SECONDS: z.coerce.number().int().min(300).max(2_678_400).default(86_400),
  SESSION_IDLE_SECONDS: z.coerce.number().int().min(60).max(86_400).default(1_800),
  /** How long after signing in, or confirming the password, a session may do what needs that. */
  STEP_UP_SECONDS: z.coerce.number().int().min(10).max(86_400).default(300),
  /** Who must have a second factor, and without one can only set it up. */
  SECOND_FACTOR_OF: z.enum(['operators', 'everyone']).default('operators'),
  /** Where documents of people rest, encrypted: the same folder for api and workers. */
  BLOB_FOLDER: z.string().min(1).optional(),
  /** Or a bucket of an S3-compatible store, which goes before the folder; the endpoint is AWS' own when left out. */
  BLOB_S3_BUCKET: z.string().min(1).optional(),
  BLOB_S3_ENDPOINT: Url(/^https?$/).optional(),
  BLOB_S3_REGION: z.string().min(1).default('us-east-1'),
  BLOB_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  BLOB_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** Who delivers mails, and whom they come from; without it they go into MAIL_FOLDER. */
  SMTP_URL: Url(/^smtps?$/).optional(),
  MAIL_FROM: z.string().regex(/@/, 'an address such as "TRII <no-reply@example.com>"').default('TRII <no-reply@localhost>'),
  MAIL_FOLDER: z.string().min(1).optional(),
  BCRYPT_COST: z.coerce.number().int().min(4).max(16).default(12),
  /** Pages of these may call the api, beside those of its own host. */
  ALLOWED_ORIGINS: listOf(WebOrigin),
  /** Proxies of ours, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: listOf(Network),
  /** What a session, a key of a program and an address may spend on calls: tokens at once, and tokens each second. */
  RATE_LIMIT_SESSION: Limit.optional(),
  RATE_LIMIT_KEY: Limit.optional(),
  RATE_LIMIT_ADDRESS: Limit.optional(),
  /** The investor's password for the command line; never an argument, which other users could see. */
  TRII_PASSWORD: z.string().min(1).optional(),
  /** A code of their authenticator, or a recovery code, where signing in asks for one. */
  TRII_CODE: z.string().min(6).max(40).optional(),
  /** `stdin`: whoever started this process holds its standard input, and it ends when that closes. */
  TRII_LIFELINE: z.enum(['stdin']).optional(),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('trii'),
  /** `off`: every query reads the database. */
  READ_CACHE: z.enum(['on', 'off']).default('on'),
  /** A job whose worker gave no sign of life for this long is taken up by another, found by a look this often. */
  JOB_LOCK_MS: z.coerce.number().int().min(500).max(600_000).default(15_000),
  JOB_STALLED_MS: z.coerce.number().int().min(200).max(600_000).default(5_000),
  /** Of the simulated bank: what becomes of each payment, and how long it takes at most. */
  SIMULATED_BANK_SEED: z.coerce.number().int().min(0).max(1_000_000_000).default(1),
  SIMULATED_BANK_DELAY_MS: z.coerce.number().int().min(0).max(86_400_000).default(3_000),
  /** Who publishes exchange rates: an https address or a file in the form of the European Central Bank, or `made-up`. */
  RATE_SOURCE: z
    .string()
    .max(500)
    .regex(/^(made-up|https:\/\/\S+|\/\S.*)$/, 'an https address, the absolute path of a file, or "made-up"')
    .optional(),
  /** A job handed to the queue this long ago and not done is added again, unless the queue still has it. */
  JOB_OVERDUE_SECONDS: z.coerce.number().int().min(1).max(86_400).default(120),
});

export type Config = z.output<typeof Environment>;

/**
 * The settings a process needs, out of the environment: the only place that reads it.
 * @throws Error that names every setting that is missing or wrong
 */
export function readConfig<K extends keyof Config>(
  keys: readonly K[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Pick<Config, K> {
  const problems: string[] = [];
  const config: Partial<Record<keyof Config, unknown>> = {};
  for (const key of keys) {
    const parsed = Environment.shape[key].safeParse(environment[key]);
    if (parsed.success) config[key] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `  ${key}: ${issue.message}`));
  }
  if (problems.length > 0) throw new Error(`The environment lacks settings (docs/OPERATIONS.md lists them all):\n${problems.join('\n')}`);
  // Every wanted key parsed, so the record has them all; the loop over keys cannot express it.
  return config as Pick<Config, K>;
}
