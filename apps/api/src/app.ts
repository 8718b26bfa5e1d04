import { trpcServer } from '@hono/trpc-server';
import { type Contract, errorCodes, openApiDocument } from '@trii/contract';
import { type Executor, Failure, type HandlersOf, type Logger, toFailure } from '@trii/domain';
import { createRouter, refusalAnswer } from '@trii/rpc';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { callContext, type CallParts } from './door/call-context.ts';
import { crossOrigin, type OriginCheck } from './door/origins.ts';
import { assertCallShape, assertJson, BATCH_MAX, bodyLimits, type BodyLimits, readBody } from './door/request-shape.ts';

/** What a browser may load, run or embed of an answer that it shows by itself. */
const NOTHING = ["'none'"];

export interface AppParts extends CallParts {
  readonly handlers: HandlersOf<Contract>;
  readonly executor: Executor;
  readonly isAllowedOrigin: OriginCheck;
  readonly logger: Logger;
  /** How the cache does: it may be away while the api is ready. */
  readonly cacheState: () => Readonly<Record<string, string | number>>;
  /** Throws when a part that the api needs cannot be reached. */
  readonly checkReady: () => Promise<void>;
  /** Sent with the answer of a ready api. */
  readonly readyHeaders?: Readonly<Record<string, string>>;
  readonly bodyLimits?: BodyLimits;
}

/** What the server knows of a request beside it. */
export interface Peer {
  readonly address: string | null;
}

interface Env {
  Bindings: Peer;
  Variables: { requestId: string; answerHeaders: readonly [string, string][] | undefined };
}

/** The HTTP surface: request id, secure headers, origin, shape and size, limits, session, tRPC. No business rule. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(requestId({ limitLength: 64 }));
  app.use(async (c, next) => {
    await next();
    // tRPC answers by a response of its own, which knows nothing of what was set before.
    c.res.headers.set('X-Request-Id', c.get('requestId'));
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: NOTHING, baseUri: NOTHING, formAction: NOTHING, frameAncestors: NOTHING, sandbox: [] },
      strictTransportSecurity: 'max-age=31536000; includeSubDomains',
      xFrameOptions: 'DENY',
    }),
  );
  app.onError((error, c) => refused(parts, error, c));
  app.notFound((c) => refused(parts, new Failure('NOT_FOUND'), c));
  const allow = cors({ origin: (origin) => origin, credentials: true, ...crossOrigin });
  app.use((c, next) => {
    const origin = c.req.header('origin');
    // Only pages send one.
    if (origin === undefined) return next();
    if (!parts.isAllowedOrigin(origin, c.req.header('host') ?? null)) throw new Failure('FORBIDDEN', { header: 'Origin' });
    return allow(c, next);
  });
  serveState(app, parts);
  serveCalls(app, parts);
  return app;
}

function serveState(app: Hono<Env>, { checkReady, readyHeaders, cacheState }: AppParts): void {
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  app.get('/health/ready', async (c) => {
    try {
      await checkReady();
      return c.json({ status: 'ready', cache: cacheState() }, 200, { ...readyHeaders });
    } catch (error) {
      return c.json({ status: 'not ready', reason: error instanceof Error ? error.name : 'unknown' }, 503);
    }
  });
  const openApi = openApiDocument();
  app.get('/openapi.json', (c) => c.json(openApi));
}

function serveCalls(app: Hono<Env>, parts: AppParts): void {
  app.use('/trpc/*', async (c, next) => {
    assertCallShape(c.req.raw);
    if (c.req.method === 'POST') {
      const text = await readBody(c.req.raw, parts.bodyLimits ?? bodyLimits);
      assertJson(text);
      // oxlint-disable-next-line unicorn/no-invalid-fetch-options -- the rule does not see the method, which is POST
      c.req.raw = new Request(c.req.raw, { body: text });
    }
    await next();
    for (const [name, value] of c.get('answerHeaders') ?? []) c.res.headers.append(name, value);
    // Answers are somebody's, and change.
    c.res.headers.set('Cache-Control', 'no-store');
  });
  const router = createRouter(parts.handlers, parts.executor);
  app.use(
    '/trpc/*',
    trpcServer({
      router,
      endpoint: '/trpc',
      maxBatchSize: BATCH_MAX,
      createContext: async ({ info }, c: Context<Env>) => {
        const { headers } = c.req.raw;
        const operations = info.calls.map(({ path }) => path);
        const context = await callContext(parts, { headers, peerAddress: c.env.address, requestId: c.get('requestId'), operations });
        c.set('answerHeaders', context.answerHeaders);
        return context;
      },
    }),
  );
}

/** An answer in the shape of tRPC's errors, which the typed client reads; whatever is not ours to tell is logged instead. */
function refused({ logger }: AppParts, error: unknown, c: Context<Env>): Response {
  const failure = toFailure(error);
  if (failure.code === 'INTERNAL') logger.error({ error, requestId: c.get('requestId') }, 'a request failed outside any operation');
  // The body may not have been read to its end: the rest of it must not be taken for another request.
  if (failure.code === 'PAYLOAD_TOO_LARGE' || failure.code === 'REQUEST_TIMEOUT') c.header('Connection', 'close');
  return c.json(refusalAnswer(failure, c.get('requestId')), errorCodes[failure.code].status satisfies ContentfulStatusCode);
}
