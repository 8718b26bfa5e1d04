import type { Relayable } from '@trii/domain';
import type { Redis } from 'ioredis';
import { LIVE_STREAM, LIVE_STREAM_MAX } from './live-events.ts';

/** The specification's stream of portfolios: what changed, for whoever follows all of them. */
export const PORTFOLIO_STREAM = 'stream:portfolio_updates';
const PORTFOLIO_STREAM_MAX = 100_000;

export interface LivePublisher {
  /** @throws when one entry could not be written: none of them counts as published then */
  publish(events: readonly Relayable[]): Promise<void>;
}

/** Writes what happened to investors into the streams, ids only; the readers route and read again. One round trip for all. */
export function redisLivePublisher(redis: Redis): LivePublisher {
  return {
    async publish(events) {
      if (events.length === 0) return;
      const pipeline = redis.pipeline();
      for (const { eventName, userId, aggregateId, aggregateType } of events) {
        const fields = ['name', eventName, 'user', userId ?? '', 'aggregate', aggregateId];
        pipeline.xadd(LIVE_STREAM, 'MAXLEN', '~', LIVE_STREAM_MAX, '*', ...fields);
        if (aggregateType === 'PORTFOLIO') pipeline.xadd(PORTFOLIO_STREAM, 'MAXLEN', '~', PORTFOLIO_STREAM_MAX, '*', ...fields);
      }
      const replies = (await pipeline.exec()) ?? [];
      const failed = replies.find(([error]) => error !== null);
      if (failed?.[0]) throw failed[0];
    },
  };
}
