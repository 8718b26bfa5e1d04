// The bare limit of a query, as a process of its own: Bun.serve, tRPC's fetch adapter, the plain driver. What it answers is asked of the very
// handlers of the platform, so that SQL and JSON are the same by construction; what stands around them is the least that can.
import { createHash } from 'node:crypto';
import { handlers, type QueryHandler } from '@trii/domain';
import { endWithParent, keyOf, readConfig, sessionKey } from '@trii/infra';
import { systemClock } from '@trii/kernel';
import { initTRPC, TRPCError } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { bareSql, openBareDatabase } from '../bare-database.ts';

/** As many connections as the api holds for investors. */
const POOL_SIZE = 10;

const config = readConfig(['DATABASE_URL', 'REDIS_CACHE_URL', 'API_PORT', 'HOST', 'TRII_LIFELINE']);
const database = openBareDatabase(config.DATABASE_URL, POOL_SIZE);
const redis = new Redis(config.REDIS_CACHE_URL);

interface Caller {
  readonly userId: string;
  readonly sessionId: string;
}

const Session = z.object({ user_id: z.uuid(), session_id: z.uuid(), expires_at: z.number() });

/** The same look-up as the api's: the token's hash, one GET, the session it finds. */
async function callerOf(request: Request): Promise<Caller> {
  const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? '';
  const text = await redis.get(keyOf(sessionKey, { hash: createHash('sha256').update(token).digest('base64url') }));
  if (text === null) throw new TRPCError({ code: 'UNAUTHORIZED' });
  const session = Session.parse(JSON.parse(text));
  if (session.expires_at <= systemClock.now().getTime()) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return { userId: session.user_id, sessionId: session.session_id };
}

const trpc = initTRPC.context<Caller>().create({ isDev: false });

const bare = ({ declaration, handle }: QueryHandler) =>
  trpc.procedure.input(declaration.input).query(({ ctx: { userId, sessionId }, input }) =>
    database.transaction({ role: 'authenticated_user', userId }, 'read', (client) => {
      const actor = { kind: 'user', userId, sessionId, permissions: ['read'] } as const;
      return handle({ sql: bareSql(client, 'read'), actor, clock: systemClock }, input);
    }),
  );

const router = trpc.router({ portfolio: { list: bare(handlers.portfolio.list), summary: bare(handlers.portfolio.summary) } });

Bun.serve({
  hostname: config.HOST,
  port: config.API_PORT,
  fetch: (req) =>
    req.url.endsWith('/health/ready')
      ? new Response('ready')
      : fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: () => callerOf(req) }),
});
endWithParent({ isHeld: config.TRII_LIFELINE === 'stdin', onParentGone: () => process.exit(0) });
