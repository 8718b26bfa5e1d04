import type { LiveEvent, LiveEvents, Logger } from '@trii/domain';
import type { Redis } from 'ioredis';
import { keyOf, liveStream } from './keys.ts';
import { entryOf, isLater } from './streams.ts';

const LIVE_STREAM = keyOf(liveStream, {});
/** A reader may lag this many batches; then its queue is dropped and it is told of the gap. */
const QUEUE_MAX = 256;
const BLOCK_MS = 5_000;
const READ_COUNT = 500;
const RETRY_MS = 500;

interface Subscriber {
  readonly push: (batch: readonly LiveEvent[] | 'gap') => void;
}

export interface LiveReader extends LiveEvents {
  /** Reads until the signal ends it: one blocking XREAD for the whole process, routed to users in memory. */
  run(signal: AbortSignal): Promise<void>;
}

/** Reads `stream:live` once per process, whatever the number of subscribers. */
export function redisLiveReader(connections: { readonly blocking: Redis; readonly replay: Redis }, logger: Logger): LiveReader {
  const subscribers = new Map<string, Set<Subscriber>>();
  return {
    async run(signal) {
      let last: string | undefined;
      while (!signal.aborted) {
        // An id, not '$': between two reads with '$' an event would be lost.
        last ??= await newestId(connections.replay).catch(() => undefined);
        if (last === undefined) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          continue;
        }
        const reply = await connections.blocking
          .xread('COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', LIVE_STREAM, last)
          .catch(async (error: unknown) => {
            if (!signal.aborted) logger.warn({ error }, 'the live stream cannot be read; trying again');
            await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
            return null;
          });
        const events = (reply?.[0]?.[1] ?? []).flatMap(([id, fields]) => eventOf(id, fields));
        last = reply?.[0]?.[1]?.at(-1)?.[0] ?? last;
        route(subscribers, events);
      }
    },
    subscribe: (userId, options) => subscription({ subscribers, replay: connections.replay, userId, ...options }),
  };
}

async function newestId(redis: Redis): Promise<string> {
  const [newest] = await redis.xrevrange(LIVE_STREAM, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? '0-0';
}

const eventOf = (id: string, flat: readonly string[]): LiveEvent[] =>
  entryOf(liveStream, id, flat).map(({ entry }) => ({ id, name: entry.name, userId: entry.user, aggregateId: entry.aggregate }));

function route(subscribers: Map<string, Set<Subscriber>>, events: readonly LiveEvent[]): void {
  const byUser = new Map<string, LiveEvent[]>();
  for (const event of events) {
    if (!subscribers.has(event.userId)) continue;
    const batch = byUser.get(event.userId) ?? [];
    batch.push(event);
    byUser.set(event.userId, batch);
  }
  for (const [userId, batch] of byUser) for (const subscriber of subscribers.get(userId) ?? []) subscriber.push(batch);
}

interface SubscriptionParts {
  readonly subscribers: Map<string, Set<Subscriber>>;
  readonly replay: Redis;
  readonly userId: string;
  readonly after?: string | undefined;
  readonly signal: AbortSignal;
}

async function* subscription(parts: SubscriptionParts): AsyncGenerator<readonly LiveEvent[] | 'gap'> {
  const queue: (readonly LiveEvent[] | 'gap')[] = [];
  let wake: () => void = () => undefined;
  const subscriber: Subscriber = {
    push(batch) {
      if (queue.length >= QUEUE_MAX) queue.splice(0, Infinity, 'gap');
      else queue.push(batch);
      wake();
    },
  };
  const set = parts.subscribers.get(parts.userId) ?? new Set<Subscriber>();
  parts.subscribers.set(parts.userId, set.add(subscriber));
  const onAbort = () => wake();
  parts.signal.addEventListener('abort', onAbort);
  try {
    let last = parts.after;
    if (parts.after !== undefined) {
      for (const batch of await missed(parts.replay, parts.userId, parts.after)) {
        if (batch !== 'gap') last = batch.at(-1)?.id ?? last;
        yield batch;
      }
    }
    while (!parts.signal.aborted) {
      const batch = queue.shift();
      if (batch === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (parts.signal.aborted || queue.length > 0) resolve();
        });
      } else {
        const fresh = batch === 'gap' ? batch : batch.filter((event) => last === undefined || isLater(event.id, last));
        if (fresh === 'gap' || fresh.length > 0) yield fresh;
      }
    }
  } finally {
    parts.signal.removeEventListener('abort', onAbort);
    set.delete(subscriber);
    if (set.size === 0) parts.subscribers.delete(parts.userId);
  }
}

/** What came since `after`, or a gap when the stream no longer reaches back that far or too much came. */
async function missed(replay: Redis, userId: string, after: string): Promise<(readonly LiveEvent[] | 'gap')[]> {
  const [oldest] = await replay.xrange(LIVE_STREAM, '-', '+', 'COUNT', 1);
  if (oldest === undefined) return [];
  const entries = await replay.xrange(LIVE_STREAM, `(${after}`, '+', 'COUNT', READ_COUNT * 20);
  if (isLater(oldest[0], after) && (await replay.xlen(LIVE_STREAM)) >= liveStream.maxLength) return ['gap'];
  if (entries.length === READ_COUNT * 20) return ['gap'];
  const own = entries.flatMap(([id, fields]) => eventOf(id, fields)).filter((event) => event.userId === userId);
  return own.length === 0 ? [] : [own];
}
