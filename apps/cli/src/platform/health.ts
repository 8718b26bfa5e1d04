import { get } from 'node:http';
import { PROCESS_HEADER } from '@trii/infra';
import { z } from 'zod';

const ANSWER_DEADLINE_MS = 2_000;

const ANSWER_LENGTH_MAX = 10_000;

const Cache = z.object({ state: z.enum(['up', 'down']), hits: z.int(), joined: z.int(), misses: z.int(), bypasses: z.int() });
export type CacheState = z.output<typeof Cache>;
const Ready = z.object({ cache: Cache });

/** Whether the part behind that port on this machine says it is ready, and is the process that is meant, where one is. */
export async function isReady(port: number, pid?: number): Promise<boolean> {
  const answer = await askReady(port);
  return answer !== undefined && (pid === undefined || answer.pid === String(pid));
}

/** How the api behind that port finds its cache; undefined when it does not say. */
export async function cacheState(port: number): Promise<CacheState | undefined> {
  try {
    return Ready.safeParse(JSON.parse((await askReady(port))?.body ?? '')).data?.cache;
  } catch {
    // An api that is not ready has nothing to say of its cache.
    return undefined;
  }
}

interface Answer {
  readonly body: string;
  readonly pid: string | string[] | undefined;
}

/** What a part that is ready says. Not fetch: that would go through a proxy set in the environment. */
function askReady(port: number): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health/ready', timeout: ANSWER_DEADLINE_MS }, (response) => {
      const pid = response.headers[PROCESS_HEADER.toLowerCase()];
      let body = '';
      response.on('data', (chunk: Buffer) => {
        if (body.length < ANSWER_LENGTH_MAX) body += chunk.toString('utf8');
      });
      response.on('end', () => resolve(response.statusCode === 200 ? { body, pid } : undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
