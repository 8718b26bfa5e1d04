import { trpcServer } from '@hono/trpc-server';
import { type Contract, errorCodes, openApiDocument } from '@trii/contract';
import { type Actor, anonymous, type Executor, type HandlersOf, type Logger, type Origin } from '@trii/domain';
import { createRouter, type RpcContext, toTrpcError } from '@trii/rpc';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { bearerToken, idempotencyKey } from './headers.ts';

const BODY_BYTES_MAX = 256 * 1024;
const USER_AGENT_MAX = 300;
/** Operations in one HTTP batch. */
const BATCH_MAX = 20;

export interface AppParts {
  readonly handlers: HandlersOf<Contract>;
  readonly executor: Executor;
  /** Whose session a token opens; undefined for none, an ended or an expired one. */
  readonly actorOf: (token: string) => Promise<Actor | undefined>;
  readonly logger: Logger;
  /** How the cache does: it may be away while the api is ready. */
  readonly cacheState: () => Readonly<Record<string, string | number>>;
  /** Throws when a part that the api needs cannot be reached. */
  readonly checkReady: () => Promise<void>;
}

/** What the server knows of a request beside it. */
export interface Peer {
  readonly address: string | null;
}

interface Env {
  Bindings: Peer;
  Variables: { requestId: string };
}

/** The HTTP surface: request id, secure headers, body limit, session, tRPC. No business rule. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(requestId({ limitLength: 64 }));
  app.use(secureHeaders());
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (c) => c.json(refusal('PAYLOAD_TOO_LARGE', c.get('requestId')), 413) }));

  app.get('/health/live', (c) => c.json({ status: 'live' }));
  app.get('/health/ready', async (c) => {
    try {
      await parts.checkReady();
      return c.json({ status: 'ready', cache: parts.cacheState() });
    } catch (error) {
      return c.json({ status: 'not ready', reason: error instanceof Error ? error.name : 'unknown' }, 503);
    }
  });

  const openApi = openApiDocument();
  app.get('/openapi.json', (c) => c.json(openApi));

  const router = createRouter(parts.handlers, parts.executor);
  app.use(
    '/trpc/*',
    trpcServer({
      router,
      endpoint: '/trpc',
      maxBatchSize: BATCH_MAX,
      createContext: (_options, c: Context<Env>) => contextOf(parts, c.req.raw.headers, originOf(c)),
    }),
  );

  app.notFound((c) => c.json(refusal('NOT_FOUND', c.get('requestId')), 404));
  app.onError((error, c) => {
    parts.logger.error({ error, requestId: c.get('requestId') }, 'a request failed outside any operation');
    return c.json(refusal('INTERNAL', c.get('requestId')), 500);
  });
  return app;
}

const refusal = (error: keyof typeof errorCodes, requestId: string) => ({ error, message: errorCodes[error].message, requestId });

function originOf(c: Context<Env>): Origin {
  const userAgent = c.req.header('user-agent')?.slice(0, USER_AGENT_MAX) ?? null;
  return { requestId: c.get('requestId'), ipAddress: c.env.address, userAgent };
}

async function contextOf(parts: AppParts, headers: Headers, origin: Origin): Promise<RpcContext & Record<string, unknown>> {
  const token = bearerToken(headers);
  const currentActor = async () => (token === undefined ? undefined : parts.actorOf(token));
  try {
    return { actor: (await currentActor()) ?? anonymous, origin, idempotencyKey: idempotencyKey(headers), currentActor };
  } catch (error) {
    throw toTrpcError(error);
  }
}
