import type { Relayable } from '@trii/domain';
import type { Redis } from 'ioredis';
import { liveStream, notificationsStream, portfolioUpdatesStream } from './keys.ts';
import { addAll, addEntry } from './streams.ts';

export interface LivePublisher {
  /** @throws when one entry could not be written: none of them counts as published then */
  publish(events: readonly Relayable[]): Promise<void>;
}

/** Writes what happened to investors into the streams, ids only; the readers route and read again. One round trip for all. */
export function redisLivePublisher(redis: Redis): LivePublisher {
  return {
    async publish(events) {
      // What concerns everyone has no stream of an investor's.
      const ofUsers = events.flatMap((event) => (event.userId === null ? [] : [{ ...event, userId: event.userId }]));
      if (ofUsers.length === 0) return;
      await addAll(redis, (pipeline) => {
        for (const { eventName: name, userId, aggregateId, aggregateType } of ofUsers) {
          const entry = { name, user: userId, aggregate: aggregateId };
          addEntry(pipeline, liveStream, { segments: {}, entry });
          if (aggregateType === 'PORTFOLIO') addEntry(pipeline, portfolioUpdatesStream, { segments: {}, entry });
          if (aggregateType === 'NOTIFICATION')
            addEntry(pipeline, notificationsStream, { segments: { user_id: userId }, entry: { name, notification: aggregateId } });
        }
      });
    },
  };
}
