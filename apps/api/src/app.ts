import { trpcServer } from '@hono/trpc-server';
import { type Contract, errorCodes, openApiDocument } from '@trii/contract';
import { type Actor, anonymous, type Executor, Failure, type HandlersOf, type Logger, type Origin, toFailure } from '@trii/domain';
import type { RateLimiter } from '@trii/infra';
import { createRouter, refusalAnswer, type RpcContext } from '@trii/rpc';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ClientAddress } from './door/client-address.ts';
import { bearerToken, idempotencyKey } from './door/headers.ts';
import { type Admission, admit, type CallLimits } from './door/limits.ts';
import { crossOrigin, type OriginCheck } from './door/origins.ts';
import { assertCallShape, assertJson, bodyLimits, type BodyLimits, readBody } from './door/request-shape.ts';

const USER_AGENT_MAX = 300;
/** Operations in one HTTP batch. */
const BATCH_MAX = 20;

export interface AppParts {
  readonly handlers: HandlersOf<Contract>;
  readonly executor: Executor;
  /**
   * Whose session a token opens; undefined for none, an ended or an expired one. The database is asked only once `mayAsk` says so: a caller
   * beyond its limits must not reach it.
   */
  readonly actorOf: (token: string, mayAsk: Promise<boolean>) => Promise<Actor | undefined>;
  readonly tokenHashOf: (token: string) => string;
  readonly limiter: RateLimiter;
  readonly limits: CallLimits;
  readonly clientAddress: ClientAddress;
  readonly isAllowedOrigin: OriginCheck;
  readonly logger: Logger;
  /** How the cache does: it may be away while the api is ready. */
  readonly cacheState: () => Readonly<Record<string, string | number>>;
  /** Throws when a part that the api needs cannot be reached. */
  readonly checkReady: () => Promise<void>;
  readonly bodyLimits?: BodyLimits;
}

/** What the server knows of a request beside it. */
export interface Peer {
  readonly address: string | null;
}

interface Env {
  Bindings: Peer;
  Variables: { requestId: string; admission: Admission | undefined };
}

/** The HTTP surface: request id, secure headers, origin, shape and size, limits, session, tRPC. No business rule. */
export function createApp(parts: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.use(requestId({ limitLength: 64 }));
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      strictTransportSecurity: 'max-age=31536000; includeSubDomains',
      xFrameOptions: 'DENY',
    }),
  );
  app.onError((error, c) => refused(parts, error, c));
  app.notFound((c) => refused(parts, new Failure('NOT_FOUND'), c));
  app.use(async (c, next) => {
    const origin = c.req.header('origin');
    if (origin !== undefined && !parts.isAllowedOrigin(origin, c.req.header('host') ?? null))
      throw new Failure('FORBIDDEN', { header: 'Origin' });
    await next();
  });
  // Who comes this far with an origin is allowed.
  app.use(cors({ origin: (origin) => origin, credentials: true, ...crossOrigin }));
  serveState(app, parts);
  serveCalls(app, parts);
  return app;
}

function serveState(app: Hono<Env>, { checkReady, cacheState }: AppParts): void {
  app.get('/health/live', (c) => c.json({ status: 'live' }));
  app.get('/health/ready', async (c) => {
    try {
      await checkReady();
      return c.json({ status: 'ready', cache: cacheState() });
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
    for (const [name, value] of Object.entries(c.get('admission')?.headers ?? {})) c.res.headers.set(name, value);
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
      createContext: ({ info }, c: Context<Env>) =>
        contextOf(
          parts,
          c,
          info.calls.map(({ path }) => path),
        ),
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

function originOf(c: Context<Env>, { clientAddress }: AppParts): Origin {
  const userAgent = c.req.header('user-agent')?.slice(0, USER_AGENT_MAX) ?? null;
  const ipAddress = clientAddress(c.env.address, c.req.header('x-forwarded-for') ?? null);
  return { requestId: c.get('requestId'), ipAddress, userAgent };
}

/** Never throws: what is wrong with the headers, or with our own parts, is each call's typed failure, under the request's id. */
async function contextOf(parts: AppParts, c: Context<Env>, operations: readonly string[]): Promise<RpcContext & Record<string, unknown>> {
  const origin = originOf(c, parts);
  const { headers } = c.req.raw;
  const token = bearerToken(headers);
  const admitting = admit(
    parts,
    { address: origin.ipAddress, tokenHash: token === undefined ? undefined : parts.tokenHashOf(token) },
    operations,
  );
  const mayAsk = admitting.then(({ isAnyLetIn }) => isAnyLetIn);
  const currentActor = async (may = Promise.resolve(true)) => (token === undefined ? undefined : parts.actorOf(token, may));
  const context = { actor: anonymous, origin, idempotencyKey: undefined, currentActor: () => currentActor() };
  try {
    // Limits and session in one round trip. Beyond the limits nobody's session is known, and nobody asks whose it would be.
    const [admission, actor] = await Promise.all([
      admitting,
      currentActor(mayAsk).catch(async (error: unknown) => unlessTurnedAway(error, mayAsk)),
    ]);
    c.set('admission', admission);
    return { ...context, actor: actor ?? anonymous, idempotencyKey: idempotencyKey(headers), refusalOf: admission.refusalOf };
  } catch (error) {
    const failure = toFailure(error);
    return { ...context, refusalOf: () => failure };
  }
}

async function unlessTurnedAway(error: unknown, mayAsk: Promise<boolean>): Promise<undefined> {
  if (await mayAsk) throw error;
}
