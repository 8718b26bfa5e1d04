import { type Actor, createExecutor, handlers, type SessionCache, type TransactionHost } from '@trii/domain';
import {
  createOrm,
  createTransactionHost,
  endWithParent,
  keyRingVault,
  openCacheLink,
  readConfig,
  redisSessionCache,
  sessionTokens,
} from '@trii/infra';
import { newId, systemClock } from '@trii/kernel';
import { createRouter } from '@trii/rpc';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { noPorts, quietLogger } from '../quiet.ts';

/** As many connections as the api holds for investors. */
const POOL_SIZE = 10;
const CACHE_READY_MS = 1_000;

export interface Authentication {
  /** Whose call it is. */
  readonly actorOf: (token: string) => Promise<Actor | undefined>;
  readonly transactions: TransactionHost;
}

/** The platform's router and executor behind a plain Bun.serve, as a process of its own: alike on both sides but for who says whose a call is. */
export async function serveCalls(
  authenticate: (parts: { readonly transactions: TransactionHost; readonly sessions: SessionCache }) => Authentication,
): Promise<void> {
  const config = readConfig([
    'DATABASE_URL',
    'REDIS_CACHE_URL',
    'PII_MASTER_KEYS',
    'PII_BLIND_INDEX_KEY',
    'API_PORT',
    'HOST',
    'TRII_LIFELINE',
  ]);
  const orm = await createOrm({ url: config.DATABASE_URL, poolSize: POOL_SIZE, applicationName: 'trii-bench' });
  const serving = await createTransactionHost({ anonymous_role: orm, authenticated_user: orm });
  const cache = openCacheLink({ url: config.REDIS_CACHE_URL, logger: quietLogger });
  await cache.ready(CACHE_READY_MS);
  const { actorOf, transactions } = authenticate({ transactions: serving, sessions: redisSessionCache(cache, systemClock) });
  const vault = keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  const executor = createExecutor({
    transactions,
    clock: systemClock,
    ports: { ...noPorts, tokens: sessionTokens, vault },
    logger: quietLogger,
    subscriptions: {},
  });
  const router = createRouter(handlers, executor);
  const contextOf = async ({ headers }: Request) => {
    const token = headers.get('authorization')?.slice('Bearer '.length) ?? '';
    return {
      actor: (await actorOf(token)) ?? ({ kind: 'anonymous' } as const),
      origin: { requestId: newId(), ipAddress: null, userAgent: null },
      idempotencyKey: undefined,
      currentActor: () => actorOf(token),
    };
  };
  Bun.serve({
    hostname: config.HOST,
    port: config.API_PORT,
    fetch: (req) =>
      req.url.endsWith('/health/ready')
        ? new Response('ready')
        : fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: () => contextOf(req) }),
  });
  endWithParent({ isHeld: config.TRII_LIFELINE === 'stdin', onParentGone: () => process.exit(0) });
}
