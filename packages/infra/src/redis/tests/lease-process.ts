import { createInterface } from 'node:readline';
import { systemClock } from '@trii/kernel';
import { recordingLogger } from '@trii/testkit';
import type { CacheSlot } from '@trii/domain';
import { openCacheLink } from '../cache-link.ts';
import { redisReadCache } from '../read-cache.ts';

// A process of its own that begins to load a value, says so, and never ends: it is killed while it holds the lease.
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
lines.once('line', (line) => void hold(JSON.parse(line) as { readonly url: string; readonly slot: CacheSlot }));

async function hold({ url, slot }: { readonly url: string; readonly slot: CacheSlot }): Promise<void> {
  const link = openCacheLink({ url, logger: recordingLogger() });
  await link.ready(5_000);
  await redisReadCache({ link, clock: systemClock, logger: recordingLogger() }).read({
    slot,
    parse: () => undefined,
    load: () => {
      process.stdout.write('loading\n');
      return new Promise(() => undefined);
    },
  });
}
