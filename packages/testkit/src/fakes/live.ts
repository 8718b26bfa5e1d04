import type { LiveEvent, LiveEvents } from '@trii/domain';

export interface FakeLive extends LiveEvents {
  publish(batch: readonly LiveEvent[] | 'gap', userId: string): void;
  readonly subscribers: number;
}

interface Subscriber {
  readonly userId: string;
  readonly queue: (readonly LiveEvent[] | 'gap')[];
  wake: () => void;
}

/** Live events in memory: what is published reaches whoever subscribed for that user before; nothing is replayed. */
export function fakeLive(): FakeLive {
  const subscribers = new Set<Subscriber>();
  async function* subscribe(userId: string, signal: AbortSignal): AsyncGenerator<readonly LiveEvent[] | 'gap'> {
    const subscriber: Subscriber = { userId, queue: [], wake: () => undefined };
    subscribers.add(subscriber);
    const onAbort = (): void => subscriber.wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const batch = subscriber.queue.shift();
        if (batch !== undefined) yield batch;
        else {
          await new Promise<void>((resolve) => {
            subscriber.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      subscribers.delete(subscriber);
    }
  }
  return {
    subscribe: (userId, { signal }) => subscribe(userId, signal),
    publish: (batch, userId) => {
      for (const subscriber of subscribers) {
        if (subscriber.userId !== userId) continue;
        subscriber.queue.push(batch);
        subscriber.wake();
      }
    },
    get subscribers() {
      return subscribers.size;
    },
  };
}
