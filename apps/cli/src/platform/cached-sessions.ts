import type { Logger, SessionCache } from '@trii/domain';
import { openCacheLink, redisSessionCache } from '@trii/infra';
import { systemClock } from '@trii/kernel';

const READY_MS = 2_000;

/** The session cache, connected when it is first asked: most commands never do. */
export function cachedSessions(url: string, logger: Logger): { readonly sessions: SessionCache; close(): void } {
  let link: ReturnType<typeof openCacheLink> | undefined;
  const open = async (): Promise<SessionCache> => {
    link ??= openCacheLink({ url, logger });
    await link.ready(READY_MS);
    return redisSessionCache(link, systemClock);
  };
  return {
    sessions: {
      find: async (tokenHash, lookUp) => (await open()).find(tokenHash, lookUp),
      end: async (tokenHash) => (await open()).end(tokenHash),
    },
    close: () => link?.close(),
  };
}
