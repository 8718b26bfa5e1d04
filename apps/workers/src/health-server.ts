import { type Config, processHeader } from '@trii/infra';

export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** `/health/live`: the process answers. `/health/ready`: it can do its work; a part that is missing makes 503, and its name stands there. */
export function startHealthServer(
  { HOST, WORKERS_PORT, TRII_LIFELINE }: Pick<Config, 'HOST' | 'WORKERS_PORT' | 'TRII_LIFELINE'>,
  checkReady: () => Promise<void>,
): HealthServer {
  const headers = processHeader(TRII_LIFELINE === 'stdin');
  const server = Bun.serve({
    hostname: HOST,
    port: WORKERS_PORT,
    routes: {
      '/health/live': () => Response.json({ status: 'live' }),
      '/health/ready': () => readiness(checkReady, headers),
    },
    fetch: () => Response.json({ error: 'NOT_FOUND' }, { status: 404 }),
  });
  return { port: server.port ?? WORKERS_PORT, stop: () => server.stop(true) };
}

async function readiness(checkReady: () => Promise<void>, headers: Readonly<Record<string, string>>): Promise<Response> {
  try {
    await checkReady();
    return Response.json({ status: 'ready' }, { headers });
  } catch (error) {
    return Response.json({ status: 'not ready', reason: error instanceof Error ? error.name : 'unknown' }, { status: 503 });
  }
}
